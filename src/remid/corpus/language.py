"""Which language a user writes, among many."""

import re
from collections import Counter
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNKNOWN = "und"
"""BCP 47 for a language that nobody can tell."""
SURE = 0.5
"""Probability from which an answer stands without asking for more text."""
LIKELY = 0.3
LEARNED = 200
COMMON_SHARE = 0.45
"""Closely related languages share about a quarter of their commonest words."""
_COMMON = 200
_WORDS_IN = 400
_FEWEST_WORDS = 6
_LONGEST = 100
_FEWEST_LETTERS = 2
# Of the model's 140, those that hardly anyone chats in (ancient, constructed, of few speakers) are
# left out: a short text in a common language is too easily taken for one of them.
_RARE = frozenset(
    "ace an arz ary ba bcl br crh dz eo ext fo fuv fy gcf gcr gd gom grc gug guw hbo ig kab kik ku "
    "la lb lg lij ln ltg nso oc om pcm qu rw sa sdh se sn so st tt ug uzs vec vo wa wuu xh yo yue "
    "zu zxx nn jv ha mg tk ht bs".split()
)
_SCRIPTS = (
    ("ja", re.compile("[\u3041-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7a3\u1100-\u11ff]")),
    ("zh", re.compile("[\u4e00-\u9fff\u3400-\u4dbf]")),
    ("th", re.compile("[\u0e01-\u0e5b]")),
    ("el", re.compile("[\u0391-\u03ce]")),
)
_NOT_SPOKEN = re.compile(r"\*[^*\n]*\*|https?://\S+|\{\{[^}]*\}\}|<[^>]*>|[\[\]()*_~#]")


class Languages:
    """Tells the language of one conversation after the other in a file.

    Where a conversation says too little, the commonest language of those before it stands in. Once
    `LEARNED` conversations are known, a text of mostly their language's commonest words is taken
    for that language without asking the model, which would take longer than all else.
    """

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()
        self._words: Counter[str] = Counter()
        self._common: frozenset[str] = frozenset()
        self._learned = UNKNOWN

    def of(self, user: str, everything: str) -> str:
        """Return a BCP 47 tag, or `UNKNOWN`.

        Parameters
        ----------
        user : what the user says.
        everything : what both say, asked where the user says too little.
        """
        words = user[:_WORDS_IN].lower().split()
        if self._common and len(words) >= _FEWEST_WORDS:
            if sum(word in self._common for word in words) >= COMMON_SHARE * len(words):
                self._seen[self._learned] += 1
                return self._learned
        found = self._asked(user, everything)
        if not self._common and found == self._usual():
            self._words.update(words)
            if self._seen[found] >= LEARNED:
                self._common = frozenset(w for w, _ in self._words.most_common(_COMMON))
                self._learned = found
                self._words.clear()
        return found

    def _usual(self) -> str:
        return self._seen.most_common(1)[0][0] if self._seen else UNKNOWN

    def _asked(self, user: str, everything: str) -> str:
        found, probability = language_of(user)
        if probability < SURE:
            found, probability = language_of(everything)
        if probability < SURE and self._seen:
            return self._usual()
        if probability < LIKELY:
            return UNKNOWN
        self._seen[found] += 1
        return found


def language_of(text: str) -> tuple[str, float]:
    """Return the likeliest language of a text, and how likely it is.

    A script that one language has answers at once; else character n-grams do (Lui and Baldwin,
    2012). Actions between asterisks, addresses and markup are passed over where words are left.
    """
    spoken = _NOT_SPOKEN.sub(" ", text[: 4 * _LONGEST])
    letters = sum(map(str.isalpha, spoken[:_LONGEST]))
    if letters < _FEWEST_LETTERS:
        spoken = text
    spoken = spoken.strip()[:_LONGEST]
    letters = sum(map(str.isalpha, spoken))
    if not spoken.isascii():
        for language, script in _SCRIPTS:
            # Japanese has kanji between its kana, and any language a foreign name.
            if len(script.findall(spoken)) > letters * (0.1 if language == "ja" else 0.4):
                return language, 1.0
    if letters < _FEWEST_LETTERS:
        return UNKNOWN, 0.0
    found, probability = _identifier().classify(spoken)
    return str(found), float(probability)


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(sorted(set(identifier.nb_classes) - _RARE))
    return identifier


_NAMES = {
    "english": "en", "german": "de", "spanish": "es", "chinese": "zh", "japanese": "ja",
    "korean": "ko", "french": "fr", "italian": "it", "portuguese": "pt", "russian": "ru",
    "polish": "pl", "dutch": "nl", "turkish": "tr", "arabic": "ar", "vietnamese": "vi",
    "indonesian": "id", "thai": "th", "ukrainian": "uk", "swedish": "sv", "czech": "cs",
    "greek": "el", "hebrew": "he", "hindi": "hi", "persian": "fa", "romanian": "ro",
    "hungarian": "hu", "finnish": "fi", "danish": "da", "norwegian": "no", "catalan": "ca",
    "malay": "ms", "bengali": "bn", "tamil": "ta", "bulgarian": "bg", "serbian": "sr",
    "croatian": "hr", "slovak": "sk", "slovenian": "sl", "estonian": "et", "latvian": "lv",
    "lithuanian": "lt", "tagalog": "tl", "filipino": "tl", "swahili": "sw", "urdu": "ur",
    "unknown": "", "simplified chinese": "zh", "traditional chinese": "zh-Hant", "jp": "ja",
    "kr": "ko", "cn": "zh",
}  # fmt: skip
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def tag_of(name: str) -> str:
    """Return the BCP 47 tag of a language as a source names it; empty if that is not clear."""
    known = _NAMES.get(name.strip().lower())
    if known is not None:
        return known
    tag = name.strip().replace("_", "-")
    return tag if _TAG.fullmatch(tag) else ""
