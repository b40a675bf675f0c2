"""What a reader yields: a dialogue with the place it was read from, or why there is none."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from remid.domain.dialogue import Dialogue, Role, Turn
from remid.domain.errors import RemidError


@dataclass(frozen=True, slots=True)
class Sample:
    """One record of a source file."""

    where: str
    """Its place in the file, such as ``line 12``."""
    dialogue: Dialogue | None
    """None if the record holds no dialogue with a reply."""
    refusal: str = ""
    """Why it was refused, as it is counted; empty if it was not."""
    passed_over: bool = False
    """True where the record was never meant to be a dialogue: a profile, a picture, a lorebook."""
    notes: Mapping[str, int] = field(default_factory=dict)
    """What was changed in reading it, with how often."""
    detail: str = ""
    """What else is known of this one record."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A conversation cut at its last reply."""

    context: tuple[Turn, ...]
    """Ends with a user turn; empty if nobody answered a user."""
    reference: str
    """The character's last reply to a user."""
    after: tuple[Turn, ...]
    """What came after it."""


def last_exchange(turns: Sequence[Turn]) -> Exchange:
    """Cut a conversation at the character's last turn that answers a user turn."""
    # From the end: what follows the last answered turn has no reply to learn from.
    for k in range(len(turns) - 1, 0, -1):
        if turns[k].role == "character" and turns[k - 1].role == "user":
            return Exchange(tuple(turns[:k]), turns[k].text, tuple(turns[k + 1 :]))
    return Exchange((), "", tuple(turns))


NO_REPLY = "no reply of the character to a user turn"


def as_text(value: object) -> str:
    """Keep a value in a tag: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def turn(role: Role, text: str) -> Turn:
    """Make a turn without the blanks around its text, which no format means."""
    return Turn(role, text.strip())


def malformed(path: Path, where: str, error: Exception) -> RemidError:
    """Say what is wrong with a record, naming file, place and field where the decoder knows it."""
    if isinstance(error, RecursionError):
        what, field = "nested too deeply", ""
    elif isinstance(error, UnicodeError):
        what, field = "not valid UTF-8", ""
    else:
        what, _, field = str(error).partition(" - at ")
    place = f", field {field.strip('`')}" if field else ""
    return RemidError(
        f"{path}, {where}{place}: {what}; mend this record, or read the file as another format."
    )


def converted(value: object, kind: Any, *, path: Path, where: str) -> Any:
    """Convert plain JSON values to `kind`, strictly; a mismatch is a RemidError."""
    try:
        return msgspec.convert(value, kind, strict=True)
    except (msgspec.ValidationError, UnicodeError, RecursionError) as error:
        raise malformed(path, where, error) from error


@dataclass(frozen=True, slots=True)
class Profile:
    """Whom a model plays, as a card tells; `cards.profile` reads one for `remid import --card`."""

    name: str
    """What ``{{char}}`` stands for."""
    character: str
    """All that a model is told."""
