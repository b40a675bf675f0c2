"""One row of a reply file, read and written."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from remid.domain.errors import RemidError


@dataclass(frozen=True)
class Reply:
    """One row of a reply file; only id and reply must be there."""

    id: str
    """The dialogue."""
    reply: str
    tokens: int | None = None
    """Tokens drawn, where known."""
    finished: bool = True
    """False where it was cut at the token limit."""
    thought: str = ""
    """What a thinking model wrote before it."""
    split: str = ""
    """Split of the dialogue, where the file says it."""
    marker: str = ""
    """The marker of a chat template that it was cut at; empty where there was none."""


def read_rows(path: Path) -> list[Reply]:
    """Read a reply file, one JSON object a line; blank lines are passed over.

    Raises
    ------
    RemidError
        When it cannot be read, or a line is malformed or replies to a dialogue for the second time.
    """
    try:
        # Editors of one system put a byte order mark there. Bytes split at \n and \r alone.
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()
    except OSError as error:
        raise RemidError(
            f"{path}: cannot be read ({error.strerror}); run `remid reply` first, or name a file "
            "that exists."
        ) from None
    decode = msgspec.json.Decoder(Reply).decode
    rows: dict[str, Reply] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise RemidError(
                f"{path}, line {number}: {error}; expected an object with the texts `id` and "
                "`reply`: mend this line."
            ) from None
        if row.id in rows:
            raise RemidError(
                f"{path}, line {number}: dialogue {row.id!r} has two replies; keep one of them in "
                "the file."
            )
        rows[row.id] = row
    return [*rows.values()]


def cut_count(rows: Iterable[Reply]) -> dict[str, int]:
    """Count what was cut from replies: thoughts, and the markers of chat templates by name."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update(["thoughts"] if row.thought else [])
        counts.update([row.marker] if row.marker else [])
    return dict(counts)


def encoded(row: Reply) -> bytes:
    """Write a row as its line, newline included; what is empty is left out."""
    # Only what says something: files stay as people would write them.
    fields = asdict(row)
    for name in ("thought", "split", "marker"):
        if not fields[name]:
            del fields[name]
    return msgspec.json.encode(fields) + b"\n"
