"""Character shifts: fictional characters in place of historical ones."""

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.shift import SHIFTS

TAG = "character_kind"
"""The tag that tells where a character comes from, such as ``theater``; none: a real person."""


def character_shift(dialogue: Dialogue) -> str | None:
    """Return the character shift that the tag `TAG` names; None for a real person.

    Raises
    ------
    RemidError
        If the tag names no shift.
    """
    kind = dialogue.tags.get(TAG)
    if kind is None:
        return None
    # theater -> character/theater, and so on
    kinds = {s.name.removeprefix("character/"): s.name for s in SHIFTS if s.factor == "character"}
    if kind not in kinds:
        raise RemidError(
            f"dialogue {dialogue.id!r}: tag {TAG} {kind!r} is none of {', '.join(kinds)}; mend it, "
            "or leave it out for a real person."
        )
    return kinds[kind]
