"""Synthetic-Persona-Chat (Jandaghi et al., 2023): a CSV of two personas and a conversation."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from remid.corpus.files import lines
from remid.corpus.sample import Sample, conversation_sample, turn
from remid.domain.dialogue import Role, Turn
from remid.domain.errors import RemidError

HEADER = ("user 1 personas", "user 2 personas", "best generated conversation")
"""The first row, in any case."""
PLACEHOLDER = re.compile(r"\[(?:User [12]|[Nn]ame|[Yy]our|[Ii]nsert)[^\]\n]{0,40}\]")
"""What its generator left for someone to fill in, such as ``[User 1's name]``."""
_SPEAKER = re.compile(r"User ([12]):")
_ROLES: dict[str, Role] = {"1": "user", "2": "character"}


def samples(path: Path) -> Iterator[Sample]:
    """Stream the conversations: User 1 is the user, User 2 the character.

    A line without a speaker goes on with the turn before it. Conversations with a placeholder that
    nobody filled in, or with text before the first speaker, are refused.

    Raises
    ------
    RemidError
        Naming file, line and column: another header, a missing or extra column, malformed CSV.
    """
    rows = _Rows(path)
    header = next(rows, None)
    if header is None or tuple(name.strip().casefold() for name in header) != HEADER:
        raise RemidError(
            f"{path}, line 1: expected the columns {', '.join(HEADER)}; found {header}."
        )
    for number, row in enumerate(rows, 1):
        if not row:
            continue
        where = f"line {rows.start}"
        if len(row) != len(HEADER):
            raise RemidError(
                f"{path}, {where}: {len(row)} columns, expected {len(HEADER)} "
                f"({', '.join(HEADER)}); quote texts that hold commas or line breaks."
            )
        yield _sample(row, where, f"{path.stem}/{number}")


def _sample(row: list[str], where: str, id: str) -> Sample:
    persona, character, conversation = row
    if PLACEHOLDER.search(conversation):
        return Sample(where, None, "a placeholder that nobody filled in")
    turns: list[Turn] = []
    for line in conversation.split("\n"):
        if speaker := _SPEAKER.match(line):
            turns.append(turn(_ROLES[speaker[1]], line[speaker.end() :]))
        elif turns:
            turns[-1] = Turn(turns[-1].role, f"{turns[-1].text}\n{line.rstrip()}")
        elif line.strip():
            return Sample(where, None, "text before the first speaker")
    return conversation_sample(
        [turn(t.role, t.text) for t in turns],
        where=where,
        id=id,
        persona=persona.strip(),
        character=character.strip(),
    )


class _Rows:
    """The rows of a CSV file; knows the line that the last one began on."""

    def __init__(self, path: Path) -> None:
        self._path, self._line = path, 0
        self._reader = csv.reader(self._text(), strict=True)
        self.start = 1

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        self.start = self._line + 1
        try:
            return next(self._reader)
        except csv.Error as error:
            raise RemidError(
                f"{self._path}, line {max(1, self._line)}: malformed CSV ({error}); a row began on "
                f"line {self.start}: mend its quotes."
            ) from error

    def _text(self) -> Iterator[str]:
        for self._line, line in lines(self._path):
            line = line.removeprefix(b"\xef\xbb\xbf") if self._line == 1 else line
            if b"\0" in line:
                raise RemidError(f"{self._path}, line {self._line}: a NUL byte; this is not text.")
            try:
                yield line.decode("utf-8")
            except UnicodeDecodeError as error:
                raise RemidError(
                    f"{self._path}, line {self._line}: not valid UTF-8 at byte {error.start}; save "
                    "the file as UTF-8."
                ) from error
