"""Conversations written as one text, a speaker's name before each turn."""

import re

from remid.corpus.conversation import Line

_SPOKEN = re.compile(r"[\s#]*([^\s#:：][^:：\n]{0,60}?)\s*[:：]\s?(.*)$")


def lines_of(text: str, speakers: frozenset[str] | None = None) -> list[Line]:
    """Read turns that begin with ``NAME:``, by either colon; other lines go on with the turn.

    Parameters
    ----------
    speakers
        The names, where they are known; a colon after anything else is only a colon.
    """
    found: list[Line] = []
    for line in text.splitlines():
        spoken = _SPOKEN.match(line)
        # With names known, "Note: bring a coat" is no turn of Note.
        if spoken and (speakers is None or spoken[1].lower() in speakers):
            found.append(Line("user", spoken[2], spoken[1]))
        elif found:
            last = found[-1]
            found[-1] = Line(last.side, f"{last.text}\n{line}", last.name)
    return found


ROLES = frozenset(("human", "assistant", "user", "ai", "bot"))
_INLINE = re.compile(r"\s*###\s*(Human|Assistant)", re.IGNORECASE)
_STARTS = re.compile(r"(?:^|\n)[\s#]*(?:human|user)\s*:", re.IGNORECASE)


def is_of_roles(text: object) -> bool:
    """Whether a text is a conversation of ``Human:`` and ``Assistant:``."""
    return isinstance(text, str) and _STARTS.search(text) is not None and "ssistant:" in text


def sided(text: str) -> list[Line]:
    """Read a text of which `is_of_roles` holds."""
    # Some sets write all turns on one line, with ### before each.
    text = _INLINE.sub(r"\n\1", text)
    return [
        Line("user" if line.name.lower() in ("human", "user") else "character", line.text)
        for line in lines_of(text, ROLES)
    ]
