"""Composition shifts: longer dialogues, and contexts whose words are out of order."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np

from remid.domain.dialogue import Dialogue, Turn

TURN_LEVEL = "composition/turn_level"
WORD_LEVEL = "composition/word_level"
UNSPACED = frozenset({"zh", "ja"})
"""Languages written without spaces, whose characters are moved instead of words."""


def turn_level(dialogues: Sequence[Dialogue]) -> list[Dialogue]:
    """Join two dialogues of one persona and character, in both orders.

    The first one's reference becomes a character's turn, the second one's stays the reference, so
    two dialogues of 4 turns give two of 8.
    """
    pairs: dict[tuple[str, str], list[Dialogue]] = defaultdict(list)
    for dialogue in dialogues:
        pairs[dialogue.persona, dialogue.character].append(dialogue)
    return [
        replace(
            second,
            id=f"{TURN_LEVEL}/{first.id}+{second.id}",
            context=(*first.context, Turn("character", first.reference), *second.context),
            split=TURN_LEVEL,
            trace="",
            parents=(first.id, second.id),
        )
        for members in pairs.values()
        for first, second in permutations(members, 2)
    ]


def word_level(dialogues: Sequence[Dialogue], *, rate: float, seed: int) -> list[Dialogue]:
    """Shuffle the words of every context turn; the reference stays as it is.

    Parameters
    ----------
    rate : share of the words of a turn that are picked and permuted among their places.
    """
    return [
        replace(
            dialogue,
            id=f"{WORD_LEVEL}/{dialogue.id}",
            context=tuple(
                Turn(turn.role, shuffle_words(turn.text, dialogue.language, rate=rate, rng=rng))
                for turn in dialogue.context
            ),
            split=WORD_LEVEL,
            trace="",
            parents=(dialogue.id,),
        )
        for dialogue in dialogues
        for rng in [np.random.default_rng([seed, *dialogue.id.encode()])]
    ]


def shuffle_words(text: str, language: str, *, rate: float, rng: np.random.Generator) -> str:
    """Permute a share of the words among their places; spaces stay where they are."""
    unit = r"\S" if language.split("-")[0] in UNSPACED else r"\S+"
    spans = [match.span() for match in re.finditer(unit, text)]
    picked = np.sort(rng.permutation(len(spans))[: round(rate * len(spans))])
    shuffled = rng.permutation(picked)
    words = [text[start:end] for start, end in spans]
    source = dict(zip(picked.tolist(), shuffled.tolist(), strict=True))
    pieces, end = [], 0
    for k, (start, stop) in enumerate(spans):
        pieces += [text[end:start], words[source.get(k, k)]]
        end = stop
    return "".join([*pieces, text[end:]])
