"""Which of the declared languages a text is written in."""

from collections.abc import Sequence
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier


def language_of(text: str, languages: Sequence[str]) -> str:
    """Return the likeliest of `languages`, by character n-grams (Lui and Baldwin, 2012).

    Parameters
    ----------
    languages : those that are told apart, each one of `known`.
    """
    return str(_identifier(tuple(languages)).classify(text)[0])


def known(languages: Sequence[str]) -> tuple[str, ...]:
    """Return those of the languages that can be told."""
    return tuple(tag for tag in languages if tag in _every())


@cache
def _every() -> frozenset[str]:
    return frozenset(LanguageIdentifier.from_model_file(MODEL_FILE).nb_classes)


@cache
def _identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    # Out of the declared languages alone: short turns are easily taken for a neighbour's.
    identifier.set_languages(list(languages))
    return identifier
