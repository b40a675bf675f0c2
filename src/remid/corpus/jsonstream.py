"""JSON that is one big value: its records one by one, without holding the whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import ijson

from remid.corpus.files import MAX_LINE, opened
from remid.domain.errors import RemidError

PEEK = 65536
"""Bytes that are read to tell what a file holds."""
MAX_DEPTH = 64
"""Deepest nesting that is read."""


@dataclass(frozen=True, slots=True)
class Record:
    """One value of an array."""

    key: str
    """Name of the array in the object around it; empty if the file is one array."""
    index: int
    """Its place in the array, from 0."""
    line: int
    """The line that it begins on."""
    value: Any
    """Plain JSON values."""

    @property
    def where(self) -> str:
        """Its place in the file, for messages."""
        return f"line {self.line}, {self.key}[{self.index}]"


def records(path: Path, *, keyed: bool) -> Iterator[Record]:
    """Stream the values of a JSON array, or of every array in a JSON object (`keyed`).

    Raises
    ------
    RemidError
        Naming file and line: malformed or cut-off JSON, another shape than asked for, one value
        over 16 MiB or nested over 64 deep.
    """
    outer = 2 if keyed else 1
    key, index, depth, start = "", 0, 0, 0
    builder: Any = None
    with opened(path) as file:
        source = _Lines(file, path)
        for event, value in _events(source):
            if event in ("end_map", "end_array"):
                depth -= 1
            if builder is None and depth < outer:
                if event in ("start_map", "start_array"):
                    _check_shape(source, event, depth, keyed)
                    depth, index = depth + 1, 0
                elif event == "map_key":
                    key = value
                elif event not in ("end_map", "end_array"):
                    raise source.error(f"expected {_shape(keyed)}, found a bare value")
                continue
            if builder is None:
                builder, start = ijson.ObjectBuilder(), source.line
            builder.event(event, value)
            if event in ("start_map", "start_array"):
                depth += 1
                if depth > MAX_DEPTH:
                    raise source.error(f"nested deeper than {MAX_DEPTH}")
            if depth == outer and event != "map_key":
                yield Record(key, index, start, builder.value)
                builder, index = None, index + 1
                source.since_record = 0


def first_keys(path: Path) -> list[str]:
    """Return the keys of the first object in a file, as far as `PEEK` bytes tell.

    An array at the top is passed over: its first object's keys are returned after ``[]``.
    """
    keys: list[str] = []
    depth = 0
    with opened(path) as file:
        try:
            for event, value in _events(_Lines(file, path, PEEK)):
                if event == "start_array" and depth == 0 and not keys:
                    keys.append("[]")
                elif event in ("start_map", "start_array"):
                    depth += 1
                elif event in ("end_map", "end_array"):
                    depth -= 1
                    if depth <= 0:
                        break
                elif event == "map_key" and depth == 1:
                    keys.append(value)
        except RemidError:
            pass  # cut off at `PEEK`, or not JSON: what was seen decides
    return keys


class _Lines:
    """Feeds the parser a line at a time, so that its events can be placed by line."""

    def __init__(self, file: BinaryIO, path: Path, limit: int | None = None) -> None:
        self._file, self._path, self._left = file, path, limit
        self._broken = True
        self.line = 0
        self.since_record = 0

    def read(self, size: int = 65536) -> bytes:
        if self._left is not None:
            size = min(size, self._left)
        piece = self._file.readline(size)
        if size == 0 or not piece:
            return b""
        if self._left is not None:
            self._left -= len(piece)
        if self.line == 0:
            piece = piece.removeprefix(b"\xef\xbb\xbf")
        self.line += self._broken
        self._broken = piece.endswith(b"\n")
        self.since_record += len(piece)
        if self.since_record > MAX_LINE:
            raise self.error(f"one value is longer than {MAX_LINE:,} bytes")
        return piece or self.read(size)

    def error(self, what: str) -> RemidError:
        return RemidError(
            f"{self._path}, line {max(1, self.line)}: {what}; mend the file, or read it as another "
            "format."
        )


def _events(source: _Lines) -> Iterator[tuple[str, Any]]:
    try:
        yield from ijson.basic_parse(source, use_float=True)
    except ijson.IncompleteJSONError as error:
        raise source.error(
            f"malformed JSON, or it ends too early ({_first_line(error)})"
        ) from error
    except (ijson.JSONError, ValueError, OverflowError) as error:
        raise source.error(f"malformed JSON ({_first_line(error)})") from error


def _first_line(error: Exception) -> str:
    text = str(error.args[0]) if error.args else type(error).__name__
    return " ".join(text.split("\n")[0].split())[:120]


def _shape(keyed: bool) -> str:
    return "an object of arrays" if keyed else "an array"


def _check_shape(source: _Lines, event: str, depth: int, keyed: bool) -> None:
    expected = "start_map" if keyed and depth == 0 else "start_array"
    if event != expected:
        raise source.error(f"expected {_shape(keyed)}, found another structure")
