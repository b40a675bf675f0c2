"""Synthetic-Persona-Chat (Jandaghi et al. 2023): conversations of two personas, CSV."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from remid.corpus.files import lines
from remid.corpus.sample import Sample, conversation_sample, malformed, turn
from remid.domain.dialogue import Role, Turn
from remid.domain.errors import RemidError

HEADER = ("user 1 personas", "user 2 personas", "Best Generated Conversation")
"""Names of the columns."""
_ROLES: dict[str, Role] = {"1": "user", "2": "character"}
_SPEAKER = re.compile(r"[*\s]*User ([12])[*\s]*:[*\s]*(.*?)[*\s]*$")
_ASIDE = re.compile(r"\s*(?:\[.*\]|\*+(?:\s*\*+)*|\*.*\*)\s*$")


def samples(path: Path) -> Iterator[Sample]:
    """Stream the rows: persona of User 1, persona of User 2, the conversation as text.

    User 1 is the user, User 2 the character. A line without a speaker continues the turn before
    it; stage directions and separators (a whole line in brackets or asterisks) and lines before the
    first speaker are kept in the tag ``asides``. The last exchange gives the reference; turns after
    it are kept in the tag ``after``. The id is the file's stem and the row. Placeholders such as
    ``[User 1's name]`` inside a turn are kept.
    """
    rows = csv.reader(_decoded(path), strict=True)
    try:
        header = next(rows, None)
        if header is None or tuple(header) != HEADER:
            raise RemidError(
                f"{path}, line 1: expected the columns {', '.join(HEADER)}; add this header, or "
                "read the file as another format."
            )
        for number, row in enumerate(rows, 1):
            where = f"row {number}, which ends on line {rows.line_num}"
            if len(row) != len(HEADER):
                raise RemidError(
                    f"{path}, {where}: {len(row)} columns, expected {len(HEADER)}; mend its quotes."
                )
            yield _sample(path, number, where, row)
    except csv.Error as error:
        raise RemidError(
            f"{path}, line {rows.line_num}: {error}; mend the quotes of this row."
        ) from error


def _decoded(path: Path) -> Iterator[str]:
    for number, line in lines(path):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise malformed(path, f"line {number}", error) from error


def _sample(path: Path, number: int, where: str, row: list[str]) -> Sample:
    turns: list[Turn] = []
    asides: list[str] = []
    for line in row[2].splitlines():
        if spoken := _SPEAKER.match(line):
            turns.append(turn(_ROLES[spoken[1]], spoken[2]))
        elif not line.strip():
            continue
        elif _ASIDE.match(line) or not turns:
            asides.append(line.strip())
        else:
            turns[-1] = Turn(turns[-1].role, f"{turns[-1].text}\n{line.strip()}".strip())
    return conversation_sample(
        turns,
        where=where,
        id=f"{path.stem}:{number}",
        persona=row[0].strip(),
        character=row[1].strip(),
        tags={"asides": "\n".join(asides)} if asides else {},
    )
