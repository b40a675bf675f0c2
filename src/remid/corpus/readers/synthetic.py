"""Synthetic-Persona-Chat (Jandaghi et al. 2023): conversations of two personas, CSV."""

import re
from typing import Any

from remid.corpus.containers import Record
from remid.corpus.conversation import Conversation, Line, Side, Unfit, described
from remid.corpus.options import Options
from remid.corpus.readers.known import rest

HEADER = ("user 1 personas", "user 2 personas", "Best Generated Conversation")
"""Names of the columns; others may stand beside them."""
_SIDES: dict[str, Side] = {"1": "user", "2": "character"}
_SPEAKER = re.compile(r"[*\s]*User ([12])[*\s]*:[*\s]*(.*?)[*\s]*$")
_ASIDE = re.compile(r"\s*(?:\[.*\]|\*+(?:\s*\*+)*|\*.*\*)\s*$")


def score(value: Any) -> float:
    """Say how surely a row is one of these."""
    if not isinstance(value, dict):
        return 0.0
    return sum(column in value for column in HEADER) / len(HEADER)


def conversation(record: Record, options: Options) -> Conversation:
    """Read a row: persona of User 1, persona of User 2, the conversation as text.

    User 1 is the user, User 2 the character. A line without a speaker continues the turn before
    it; stage directions and separators (a whole line in brackets or asterisks) and lines before the
    first speaker are kept in the tag ``asides``. Placeholders such as ``[User 1's name]`` inside a
    turn are kept.
    """
    del options
    value = record.value
    text = value.get(HEADER[2]) if isinstance(value, dict) else None
    if not isinstance(text, str):
        raise Unfit(f"no {HEADER[2]}")
    lines: list[Line] = []
    asides: list[str] = []
    for line in text.splitlines():
        if spoken := _SPEAKER.match(line):
            lines.append(Line(_SIDES[spoken[1]], spoken[2]))
        elif not line.strip():
            continue
        # Before the first speaker nothing is said by anybody.
        elif _ASIDE.match(line) or not lines:
            asides.append(line.strip())
        else:
            lines[-1] = Line(lines[-1].side, f"{lines[-1].text}\n{line.strip()}".strip())
    return Conversation(
        where=record.where,
        lines=lines,
        persona=described(value.get(HEADER[0])),
        character=described(value.get(HEADER[1])),
        tags=({"asides": "\n".join(asides)} if asides else {}) | rest(value, set(HEADER)),
    )
