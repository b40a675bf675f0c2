"""Users who type in haste: slips in some words of every user turn."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from remid.domain.dialogue import Dialogue, Turn
from remid.domain.streams import Stream, generator

WORD = re.compile(r"\S+")
SHORTEST = 3
"""Characters of the shortest word that a slip is made in."""


def typos(dialogues: Sequence[Dialogue], *, name: str, rate: float, seed: int) -> list[Dialogue]:
    """Make one slip in a share of the words of every user turn; all else stays as it is.

    A dialogue whose user says no word that is long enough is not built. What a dialogue becomes
    depends on the seed and its id alone.

    Parameters
    ----------
    name : of the shift.
    rate : share of the words of a turn, in (0, 1]; at least one word.
    """
    built = []
    for dialogue in dialogues:
        rng = generator(seed, Stream.TYPOS, dialogue.id)
        context = tuple(
            [
                Turn(turn.role, mistyped(turn.text, rate=rate, rng=rng))
                if turn.role == "user"
                else turn
                for turn in dialogue.context
            ]
        )
        if context != dialogue.context:
            built.append(
                replace(
                    dialogue,
                    id=f"{name}/{dialogue.id}",
                    context=context,
                    split=name,
                    trace="",
                    parents=(dialogue.id,),
                )
            )
    return built


def mistyped(text: str, *, rate: float, rng: np.random.Generator) -> str:
    """Make a slip in `slips_of` words of a text; what stands between words stays."""
    places = [match.span() for match in WORD.finditer(text) if can_slip(match[0])]
    drawn = set(rng.permutation(len(places))[: slips_of(len(places), rate)].tolist())
    pieces, end = [], 0
    for k, (start, stop) in enumerate(places):
        if k in drawn:
            choices = sorted(slips(text[start:stop]))
            pieces += [text[end:start], choices[int(rng.integers(len(choices)))]]
            end = stop
    return "".join([*pieces, text[end:]])


def slips_of(words: int, rate: float) -> int:
    """How many of a turn's words get a slip."""
    return min(words, max(1, round(rate * words)))


def can_slip(word: str) -> bool:
    """Whether a slip can be made in a word that changes it."""
    return len(word) >= SHORTEST and bool(slips(word))


def slips(word: str) -> set[str]:
    """All that one slip makes of a word behind its first character (Damerau, 1964).

    Two neighbours change places, one is left out, or one is typed twice.

    >>> sorted(slips("sea"))
    ['sa', 'sae', 'se', 'seaa', 'seea']
    """
    # Behind the first character, which people get right more often than any other.
    found = set()
    for k in range(1, len(word)):
        found |= {word[:k] + word[k + 1 :], word[: k + 1] + word[k:]}
        if k + 1 < len(word):
            found.add(word[:k] + word[k + 1] + word[k] + word[k + 2 :])
    return found - {word}
