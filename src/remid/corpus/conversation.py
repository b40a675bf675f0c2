"""What a reader makes of a record: who says what to whom, before it is cut into dialogues."""

import re
from dataclasses import dataclass, field
from typing import Any, Literal

Side = Literal["user", "character", "note"]


class Unfit(Exception):
    """A record holds something that a dialogue cannot; its text is the reason, for counting."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        """What else is known of this one record."""


@dataclass(frozen=True, slots=True)
class Line:
    """One message."""

    side: Side
    """A note steers the model and is said by nobody."""
    text: str
    name: str = ""
    """Who says it, where a source tells."""


@dataclass(slots=True)
class Conversation:
    """A conversation as its source has it."""

    where: str
    lines: list[Line]
    id: str = ""
    """As the source gives it; empty if it does not."""
    label: str = ""
    """What an id is made of where the source gives none."""
    persona: str = ""
    character: str = ""
    """Who the character is; empty if the source does not tell."""
    name: str = ""
    """What the character is called."""
    user: str = ""
    """What the user is called."""
    scene: str = ""
    """Where they meet; told to the model after the character."""
    split: str = ""
    language: str = ""
    trace: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] | None = None
    """Given where several speak: those that a model may play, with who they are."""


_CHAR = re.compile(r"\{\{\s*char\s*\}\}|<BOT>", re.IGNORECASE)
_USER = re.compile(r"\{\{\s*(?:user|random_user_\d+)\s*\}\}|<USER>", re.IGNORECASE)


def filled(text: str, *, char: str, user: str) -> str:
    """Put the names where a chat frontend has its placeholders for them."""
    # Most texts have no placeholder, and a search costs more than a look.
    if "{{" not in text and "<" not in text:
        return text
    # A function, since names may hold backslashes, which a template would read.
    text = _CHAR.sub(lambda _: char, text) if char else text
    return _USER.sub(lambda _: user or "User", text)


def described(value: Any) -> str:
    """Write a description as text: a list as its lines, an object as a line a field."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return "\n".join(text for item in value if (text := described(item)))
    if isinstance(value, dict):
        fields = ((key, described(item)) for key, item in value.items())
        return "\n".join(f"{key}: {text}" for key, text in fields if text)
    return str(value)
