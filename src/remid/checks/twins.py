"""Twins: dialogues under a shift that differ from one of ID in the factor of the shift alone."""

import re
from collections.abc import Mapping, Sequence

from remid.domain.dialogue import Dialogue

KEPT: Mapping[str, str] = {
    "user": "character",
    "background": "character",
    "character": "persona",
}
"""Factor that a shift changes to the text that a twin has in common with its dialogue of ID.

Of factors with other names nothing is known, and nothing asked."""
SHORTEST = 12
"""Characters from which two equal sentences are no set phrase."""


def strangers(
    members: Sequence[Dialogue], factor: str, id_test: Sequence[Dialogue]
) -> dict[str, str]:
    """Find the dialogues whose twin is absent, differs in more than the factor, or shares a sentence.

    A dialogue that names no twin is sound: a corpus need not have any.
    """
    known = {d.id: d for d in id_test}
    kept = KEPT.get(factor)
    reasons = {}
    for dialogue in members:
        if not dialogue.twin:
            continue
        twin = known.get(dialogue.twin)
        if twin is None:
            reasons[dialogue.id] = f"its twin {dialogue.twin!r} is not in id_test"
        elif kept and getattr(dialogue, kept) != getattr(twin, kept):
            reasons[dialogue.id] = (
                f"another {kept} than its twin {twin.id}, and not only the {factor}"
            )
        elif shared := sentences(dialogue) & sentences(twin):
            reasons[dialogue.id] = f"shares a sentence with its twin {twin.id}: {min(shared)!r}"
    return reasons


def sentences(dialogue: Dialogue) -> set[str]:
    """Sentences that the character says, without their marks and in lower case."""
    said = [turn.text for turn in dialogue.context if turn.role == "character"]
    parts = re.split(r"[.!?。！？\n]+", "\n".join([*said, dialogue.reference]))
    return {part.strip().lower() for part in parts if len(part.strip()) >= SHORTEST}
