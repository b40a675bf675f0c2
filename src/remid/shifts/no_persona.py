"""Users of whom nothing is known."""

from collections.abc import Sequence
from dataclasses import replace

from remid.domain.dialogue import Dialogue


def no_persona(dialogues: Sequence[Dialogue], *, name: str) -> list[Dialogue]:
    """Take the persona away from every dialogue that has one; all else stays as it is."""
    # One that has none would be its own original: no shift, and a leak between splits.
    return [
        replace(
            dialogue,
            id=f"{name}/{dialogue.id}",
            persona="",
            split=name,
            trace="",
            parents=(dialogue.id,),
        )
        for dialogue in dialogues
        if dialogue.persona
    ]
