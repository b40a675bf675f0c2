"""How a file is to be read, as a user may ask for it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from remid.corpus.sample import Profile
from remid.domain.errors import RemidError


@dataclass(frozen=True, slots=True)
class Mapping:
    """Where a file of no known format has what; fields may be dotted, such as ``meta.persona``."""

    turns: str
    """The field that holds the list of turns."""
    role: str = ""
    """The field of a turn that tells who speaks; empty: the known names are tried."""
    text: str = ""
    """The field of a turn that holds what is said; empty: the known names are tried."""
    user: tuple[str, ...] = ()
    """What the role is where the user speaks; empty: the known names are tried."""


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that may be said about a file besides its name."""

    format: str | None = None
    """A key of `formats.READERS`, or another name of one; detected when None."""
    encoding: str | None = None
    """Of text, by Python's name."""
    persona: str = ""
    """The field that holds the persona, or else the persona itself, for where there is none."""
    character: str = ""
    """The field that holds the character, or else the character, for where there is none."""
    language: str = ""
    """BCP 47 tag for where the source tells none; detected when empty."""
    items: int | Literal["last", "every"] = "last"
    """Which replies of a conversation become a dialogue each: a number takes the last ones."""
    strict: bool = False
    """Whether the first record that is refused is an error."""
    card: Profile | None = None
    """Whom the model plays where the file does not tell, or tells only the name."""
    mapping: Mapping | None = None


DEFAULT = Options()


def items_of(text: str) -> int | Literal["last", "every"]:
    """Read ``--items``.

    Raises
    ------
    RemidError
        For anything but ``last``, ``every`` and a number from 1.
    """
    if text == "last" or text == "every":
        return text  # type: ignore[return-value]
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise RemidError(f"--items {text}: expected last, every or a number from 1.")


def card_of(path: Path | None) -> Profile | None:
    """Read ``--card``."""
    if path is None:
        return None
    from remid.corpus import cards

    return cards.profile(path)
