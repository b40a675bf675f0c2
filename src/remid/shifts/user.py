"""User shifts: who speaks to the character comes from elsewhere, and writes another language."""

from remid.domain.dialogue import Dialogue
from remid.domain.shift import SHIFTS


def user_shift(dialogue: Dialogue) -> str | None:
    """Return the user shift of a dialogue's language; None if no shift is for it."""
    # zh-Hans and zh-TW are Chinese: BCP 47 puts the language first.
    language = dialogue.language.split("-")[0].lower()
    for shift in SHIFTS:
        if shift.factor == "user" and shift.language == language:
            return shift.name
    return None
