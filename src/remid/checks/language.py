"""Which of the benchmark's languages a text is written in."""

from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from remid.domain.shift import SHIFTS

LANGUAGES = tuple(sorted({shift.language for shift in SHIFTS}))
"""The languages that are told apart; an answer is always one of them."""


def language_of(text: str) -> str:
    """Return the likeliest of `LANGUAGES`, by character n-grams (Lui and Baldwin, 2012)."""
    return str(_identifier().classify(text)[0])


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    # Out of the benchmark's languages alone: short turns are easily taken for a neighbour's.
    identifier.set_languages(list(LANGUAGES))
    return identifier
