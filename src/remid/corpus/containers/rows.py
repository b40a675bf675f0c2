"""JSON Lines and tables as text: one record a line or row, and a bad one spoils no other."""

import ast
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from remid.corpus import files
from remid.corpus.containers.record import Record
from remid.corpus.containers.text import not_utf8
from remid.corpus.containers.values import NO_INDEX, Raw, decoded, fault
from remid.domain.errors import RemidError

_DELIMITERS = ",\t;|"
_MAX_CELL_LITERAL = 1 << 20


def json_lines(path: Path, stream: BinaryIO) -> Iterator[Record]:
    """Yield the value of every line that is not blank.

    A line that is no JSON is a Record with a fault, for whoever reads on to count.

    Raises
    ------
    RemidError
        For what one line cannot excuse: a NUL byte, a line over 16 MiB, another encoding, and a
        last line that breaks off.
    """
    count = 0
    for number, line in numbered(path, stream):
        if not line.strip():
            continue
        count += 1
        raw = Raw("", NO_INDEX, number, line)
        where = f"line {number}"
        try:
            yield Record(where, decoded(line.strip()), number=count)
        except ValueError as error:
            reason = fault(path, raw, error)
            # Only the last line can lack its end: the write or the download was cut short.
            if not line.endswith(b"\n") and "truncated" in reason:
                raise RemidError(
                    f"{path}, {where}: the file is cut off inside this line (Input data was "
                    "truncated); get the whole file again, or take the line out."
                ) from error
            yield Record(where, fault=reason, number=count)


def numbered(path: Path, stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield (line number from 1, the line with its end); RemidError for one over 16 MiB."""
    number = 0
    # Bounded: a file without line ends must not be read as one line.
    while line := stream.readline(files.MAX_LINE + 1):
        number += 1
        if len(line) > files.MAX_LINE:
            raise RemidError(
                f"{path}, line {number}: longer than {files.MAX_LINE:,} bytes; no dialogue is that "
                "long: write one a line, or split the file."
            )
        yield number, line


def table(path: Path, stream: BinaryIO) -> Iterator[Record]:
    """Yield the rows of a table with a header as objects of text; empty cells are left out.

    Columns are parted by tab, comma, semicolon or bar, whichever the header has most of. A cell
    that holds a list or an object, as JSON or as Python writes it, becomes that.
    """
    # Python's default of 131,072 is shorter than some conversations.
    csv.field_size_limit(files.MAX_LINE)
    lines = _texts(path, stream)
    first = next((line for line in lines if line.strip()), "")
    delimiter = delimiter_of(first)
    if not delimiter:
        raise RemidError(f"{path}: no table with a header; name a file that holds dialogues.")
    rows = csv.reader(_chained(first, lines), delimiter=delimiter, strict=True)
    number = 0
    try:
        header = next(rows, [])
        for row in rows:
            if not any(row):
                continue
            number += 1
            where = f"row {number}, which ends on line {rows.line_num}"
            # Spreadsheets pad rows with empty cells.
            if len(row) > len(header) and not any(row[len(header) :]):
                row = row[: len(header)]
            if len(row) != len(header):
                reason = f"{len(row)} columns where the header has {len(header)}"
                yield Record(where, fault=reason, number=number)
                continue
            cells = {key: _cell(text) for key, text in zip(header, row, strict=True) if text}
            yield Record(where, cells, number=number)
    except csv.Error as error:
        raise RemidError(
            f"{path}, line {rows.line_num}: {error}; mend the quotes of this row."
        ) from error


def delimiter_of(line: str) -> str:
    """Return what parts the columns of a header; empty if it has one column."""
    best = max(_DELIMITERS, key=line.count)
    return best if best in line else ""


def _chained(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _texts(path: Path, stream: BinaryIO) -> Iterator[str]:
    for number, line in numbered(path, stream):
        if b"\0" in line:
            raise RemidError(
                f"{path}, line {number}: a NUL byte; this is not text, or a write was cut short: "
                "write the file again."
            )
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise not_utf8(path, f"line {number}", line) from error


def _cell(text: str) -> Any:
    """Read a cell that pandas or datasets wrote from a list or an object; others stay text."""
    if text[0] + text[-1] not in ("[]", "{}"):
        return text
    try:
        return decoded(text.encode("utf-8", "surrogatepass"))
    except ValueError:
        pass
    try:  # evaluates literals only: nothing is called, and no name is looked up
        value = ast.literal_eval(text) if len(text) <= _MAX_CELL_LITERAL else text
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return value if isinstance(value, (list, dict)) else text
