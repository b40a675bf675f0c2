"""Which container a file is, from its first bytes, and its records."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from remid.corpus.containers import columns, rows, values
from remid.corpus.containers.record import Record
from remid.corpus.containers.text import GZIP, utf8
from remid.corpus.files import opened
from remid.domain.errors import RemidError

MAX_MEMBERS = 100_000
"""Most files that are read of a folder."""
_HEAD = 1 << 16
_SUFFIXES = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".txt", ".parquet", ".gz")


class Empty(RemidError):
    """A file without anything in it but blanks."""


def records(path: Path, *, encoding: str | None = None) -> Iterator[Record]:
    """Stream the records of a file, a saved data set, or a name that begins with ``hub:``.

    A record that cannot be read has a `fault` instead of a value; of a table, a record is an object
    of its cells. Of a folder, all `members` are read one after the other.

    Parameters
    ----------
    encoding
        Of text, by Python's name; when None, told by a byte-order mark, else UTF-8.

    Raises
    ------
    RemidError
        With file and place: for what cannot be read at all, or is none of the containers.
    """
    kind = kind_of(path, encoding=encoding)
    if kind == "folder":
        for member in members(path):
            for record in records(member, encoding=encoding):
                where = f"{member.relative_to(path)}, {record.where}"
                yield Record(where, record.value, record.fault, record.part, record.number)
    elif kind in KINDS:
        with utf8(path, encoding) as stream:
            yield from KINDS[kind](path, stream)
    else:
        yield from _OF_COLUMNS[kind](path)


def nested(path: Path, *, encoding: str | None = None) -> Iterator[Record]:
    """Stream what is in every array of the one object that a file is, by `Record.part`.

    An object inside of the object is a record too, as if it stood in an array alone.
    """
    with utf8(path, encoding) as stream:
        yield from _values(path, values.in_object(path, stream))


def kind_of_folder(path: Path) -> bool:
    """Whether a path is a folder of files, and not one data set."""
    return path.is_dir() and not columns.is_saved(path)


def is_plain_lines(path: Path, *, encoding: str | None = None) -> bool:
    """Whether a file is JSON Lines in UTF-8 and not compressed, so that a strict reader can stream
    it as it is.
    """
    if str(path).startswith(columns.HUB) or path.is_dir() or encoding:
        return False
    with opened(path) as file:
        head = file.read(4)
    if head[:2] in (GZIP, b"\xff\xfe", b"\xfe\xff"):
        return False
    try:
        return kind_of(path) == "lines"
    except Empty:
        return True


def entries(path: Path, *, encoding: str | None = None) -> Iterator[Record]:
    """Stream the members of the one object that a file is; `Record.part` is the key of each."""
    with utf8(path, encoding) as stream:
        for raw in values.in_map(path, stream):
            where, number = f"line {raw.line}, {raw.key}", raw.index + 1
            try:
                value = values.decoded(raw.data)
            except ValueError as error:
                reason = values.fault(path, raw, error)
                yield Record(where, fault=reason, part=raw.key, number=number)
            else:
                yield Record(where, value, part=raw.key, number=number)


def members(folder: Path) -> list[Path]:
    """Return the files of a folder that may hold records, at any depth, in the order of names.

    What is hidden, and what has another ending than those of containers, is passed over.
    """
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in _SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if len(found) > MAX_MEMBERS:
        raise RemidError(f"{folder}: over {MAX_MEMBERS:,} files; import parts of it.")
    return found


def kind_of(path: Path, *, encoding: str | None = None) -> str:
    """Return ``folder``, ``saved``, ``hub``, ``parquet`` or a key of `KINDS`.

    Raises
    ------
    RemidError
        When the file cannot be read, or is empty or none of these.
    """
    if str(path).startswith(columns.HUB):
        return "hub"
    if path.is_dir():
        return "saved" if columns.is_saved(path) else "folder"
    with opened(path) as file:
        magic = file.read(16)
    if magic.startswith(b"PAR1"):
        return "parquet"
    for start, name in _OTHERS.items():
        if magic.startswith(start):
            raise RemidError(f"{path}: is {name}; unpack or export it as JSON, CSV or Parquet.")
    with utf8(path, encoding) as stream:
        return _kind(path, cast(io.BufferedReader, stream))


def _kind(path: Path, stream: io.BufferedReader) -> str:
    head = stream.read(_HEAD)
    text = head.lstrip()
    if not text:
        raise Empty(f"{path}: is empty; name a file that holds something.")
    if text.startswith(b"["):
        return "array"
    if text.startswith(b"{"):
        lines = text.split(b"\n", 2)
        if len(lines) == 1 and len(head) == _HEAD:
            return "lines"  # one line that is longer than what was looked at
        if _is_value(lines[0]):
            return "lines"
        opened_there = lines[0].rstrip().endswith((b"{", b"[", b",", b":"))
        return "lines" if not opened_there and len(lines) > 1 and _is_value(lines[1]) else "objects"
    first = text.split(b"\n")[0].decode("utf-8", "replace")
    if rows.delimiter_of(first):
        return "table"
    raise RemidError(
        f"{path}: neither JSON nor a table with a header; name a file that holds dialogues."
    )


def _is_value(line: bytes) -> bool:
    try:
        return isinstance(values.decoded(line), dict)
    except ValueError:
        return False


def _array(path: Path, stream: BinaryIO) -> Iterator[Record]:
    return _values(path, values.in_array(path, stream))


def _objects(path: Path, stream: BinaryIO) -> Iterator[Record]:
    return _values(path, values.one_after_another(path, stream))


def _values(path: Path, found: Iterator[values.Raw]) -> Iterator[Record]:
    for count, raw in enumerate(found, 1):
        number = raw.index + 1
        if raw.index == values.NO_INDEX:
            number = 0 if raw.key else count  # a key tells it from the others
        try:
            yield Record(raw.where, values.decoded(raw.data), part=raw.key, number=number)
        except ValueError as error:
            reason = values.fault(path, raw, error)
            yield Record(raw.where, fault=reason, part=raw.key, number=number)


KINDS: dict[str, Callable[[Path, BinaryIO], Iterator[Record]]] = {
    "lines": rows.json_lines,
    "array": _array,
    "objects": _objects,
    "table": rows.table,
}
"""Containers of text, and how each is taken apart."""
_OF_COLUMNS: dict[str, Callable[[Path], Iterator[Record]]] = {
    "parquet": columns.parquet,
    "saved": columns.saved,
    "hub": lambda path: columns.hub(str(path)),
}
_OTHERS = {
    b"\x89PNG\r\n\x1a\n": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"RIFF": "a picture",
    b"PK\x03\x04": "a zip archive",
    b"SQLite format 3\0": "a database",
    b"%PDF": "a PDF",
    b"BZh": "compressed by bzip2",
    b"\xfd7zXZ": "compressed by xz",
    b"\x28\xb5\x2f\xfd": "compressed by zstd",
}
