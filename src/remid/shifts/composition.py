"""Composition shifts: longer dialogues, and contexts whose words are out of order."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from remid.domain.dialogue import Dialogue, Turn
from remid.domain.errors import RemidError
from remid.domain.streams import Stream, generator

TURN_LEVEL = "composition/turn_level"
WORD_LEVEL = "composition/word_level"
"""Names of the two in the paper."""
UNSPACED = frozenset({"zh", "ja"})
"""Languages written without spaces, whose characters are moved instead of words."""
# Han, Kana, Bopomofo and full-width signs, each with the marks that belong to it.
_CHARACTER = (
    "[\u3001-\u303f\u3041-\u30ff\u3105-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff01-\uff65\U00020000-\U0003ffff][\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef]*"
)
_WORD = re.compile(r"\S+")
_UNSPACED_WORD = re.compile(rf"{_CHARACTER}|(?:(?!{_CHARACTER})\S)+")


def turn_level(dialogues: Sequence[Dialogue], *, name: str = TURN_LEVEL) -> list[Dialogue]:
    """Join two dialogues of one persona and character, in both orders.

    The first one's reference becomes a character's turn, the second one's stays the reference, so
    two dialogues of 4 turns give two of 8. Of more than two, those next to each other by id are
    joined, which keeps their number linear in the dialogues.

    Parameters
    ----------
    name : of the shift.
    """
    # n dialogues of a pair give 2 (n - 1) joined ones, not n (n - 1).
    groups: dict[tuple[str, str], list[Dialogue]] = defaultdict(list)
    for dialogue in sorted(dialogues, key=lambda d: d.id):
        groups[dialogue.persona, dialogue.character].append(dialogue)
    return [
        _joined(first, second, name)
        for members in groups.values()
        for one, other in pairwise(members)
        for first, second in ((one, other), (other, one))
    ]


def word_level(
    dialogues: Sequence[Dialogue], *, rate: float, seed: int, name: str = WORD_LEVEL
) -> list[Dialogue]:
    """Shuffle the words of every context turn; the reference stays as it is.

    Each dialogue has a generator of its own, from the seed and its id: what it becomes depends on
    no other dialogue.

    Parameters
    ----------
    rate : share of the words of a turn that change their places, in (0, 1].
    name : of the shift.

    Raises
    ------
    RemidError
        If the rate is not in (0, 1].
    """
    # Each turn is shuffled from the dialogue's own stream, whatever the shift is called.
    if not 0 < rate <= 1:
        raise RemidError(f"split.word_rate: {rate} is not in (0, 1]; choose a share of the words.")
    return [_shuffled(dialogue, rate, seed, name) for dialogue in dialogues]


def shuffle_words(text: str, language: str, *, rate: float, rng: np.random.Generator) -> str:
    """Move a share of the words among their places; spaces and line breaks stay where they are.

    ``round(rate * n)`` of the n words are drawn, at least two, and passed round one random cycle
    (Sattolo's algorithm), so that each of them moves; a lone word stays. In Chinese and Japanese
    Latin words change places among themselves, so that no two run together.
    """
    found = words(text, language)
    # Two pools of places: characters of a script without spaces, and all other words.
    alike: dict[bool, list[int]] = defaultdict(list)
    for k, match in enumerate(found):
        alike[_is_character(match[0], language)].append(k)
    source = list(range(len(found)))
    for places in alike.values():
        if len(places) > 1:
            drawn = rng.permutation(places)[: max(2, round(rate * len(places)))]
            # A random order of the drawn places read as one cycle: each takes the next one's word.
            for place, origin in zip(drawn.tolist(), np.roll(drawn, 1).tolist(), strict=True):
                source[place] = origin
    # What stands between words is kept where it was; only the words change places.
    pieces, end = [], 0
    for match, k in zip(found, source, strict=True):
        pieces += [text[end : match.start()], found[k][0]]
        end = match.end()
    return "".join([*pieces, text[end:]])


def words(text: str, language: str) -> list[re.Match[str]]:
    """Return the words of a text, in order; signs cling to the word they are written with.

    Chinese and Japanese have no spaces: there a word is one character, full-width signs included,
    while Latin words and numbers inside stay whole.
    """
    return list((_UNSPACED_WORD if _is_unspaced(language) else _WORD).finditer(text))


def joined_words(found: Sequence[str], language: str) -> str:
    """Write words one after the other, as a text of this language has them.

    >>> joined_words(["海", "sea", "star", "家"], "zh")
    '海sea star家'
    """
    pieces = list(found[:1])
    for before, word in pairwise(found):
        apart = not (_is_character(before, language) or _is_character(word, language))
        pieces += [" ", word] if apart else [word]
    return "".join(pieces)


def _is_unspaced(language: str) -> bool:
    return language.split("-")[0].lower() in UNSPACED


def _is_character(word: str, language: str) -> bool:
    return _is_unspaced(language) and re.match(_CHARACTER, word) is not None


def _joined(first: Dialogue, second: Dialogue, name: str) -> Dialogue:
    return replace(
        second,
        id=f"{name}/{first.id}+{second.id}",
        context=(*first.context, Turn("character", first.reference), *second.context),
        split=name,
        trace="",
        parents=(first.id, second.id),
    )


def _shuffled(dialogue: Dialogue, rate: float, seed: int, name: str) -> Dialogue:
    rng = generator(seed, Stream.WORD_ORDER, dialogue.id)
    return replace(
        dialogue,
        id=f"{name}/{dialogue.id}",
        context=tuple(
            [
                Turn(turn.role, shuffle_words(turn.text, dialogue.language, rate=rate, rng=rng))
                for turn in dialogue.context
            ]
        ),
        split=name,
        trace="",
        parents=(dialogue.id,),
    )
