"""JSON taken apart into its values, one after the other, without holding the whole."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from remid.corpus import files
from remid.corpus.containers.text import is_half_nul, not_utf8
from remid.domain.errors import RemidError

MAX_DEPTH = 64
"""Deepest nesting that is read."""
NO_INDEX = -1
_PIECE = 1 << 16
_BLANK = b" \t\r\n"
_SPACE = re.compile(rb"[ \t\r\n]*+")
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+("?)|[\[\]{}]', re.DOTALL)
_BARE = re.compile(rb'[^\s\0,:\[\]{}"]*+')


@dataclass(frozen=True, slots=True)
class Raw:
    """The bytes of one value."""

    key: str
    """Name of the array in the object around it; empty outside of any."""
    index: int
    """Its place in the array, from 0; `NO_INDEX` outside of any."""
    line: int
    """The line that it begins on."""
    data: bytes

    @property
    def where(self) -> str:
        """Its place in the file, for messages."""
        index = "" if self.index == NO_INDEX else f"[{self.index}]"
        return f"line {self.line}" + (f", {self.key}{index}" if self.key or index else "")


def in_array(path: Path, stream: BinaryIO) -> Iterator[Raw]:
    """Yield the elements of the array that a file is.

    Raises
    ------
    RemidError
        Naming file and line, where the brackets and commas do not fit, the file is cut off, or one
        value is over 16 MiB or nested over 64 deep. What is inside a value is not looked at.
    """
    scanner = _Scanner(path, stream)
    if scanner.peek() != b"[":
        raise scanner.error("expected an array")
    yield from _elements(scanner, "")
    scanner.end()


def in_object(path: Path, stream: BinaryIO) -> Iterator[Raw]:
    """Yield the elements of every array in the object that a file is; errors as `in_array`.

    An object inside of the object is yielded as a whole; any other value is passed over.
    """
    scanner = _Scanner(path, stream)
    if scanner.peek() != b"{":
        raise scanner.error("expected an object")
    scanner.take(b"{")
    if scanner.peek() == b"}":
        scanner.take(b"}")
        return scanner.end()
    while True:
        key = _key(scanner)
        scanner.take(b":")
        opens, line = scanner.peek(), scanner.line
        if opens == b"[":
            yield from _elements(scanner, key)
        elif opens == b"{":
            yield Raw(key, NO_INDEX, line, scanner.value())
        else:
            scanner.value()
        if scanner.take(b",", b"}") == b"}":
            return scanner.end()


def in_map(path: Path, stream: BinaryIO) -> Iterator[Raw]:
    """Yield the members of the object that a file is, each with its key; errors as `in_array`."""
    scanner = _Scanner(path, stream)
    scanner.take(b"{")
    if scanner.peek() == b"}":
        scanner.take(b"}")
        return scanner.end()
    index = 0
    while True:
        key = _key(scanner)
        scanner.take(b":")
        scanner.peek()
        line = scanner.line
        yield Raw(key, index, line, scanner.value())
        index += 1
        if scanner.take(b",", b"}") == b"}":
            return scanner.end()


def one_after_another(path: Path, stream: BinaryIO) -> Iterator[Raw]:
    """Yield the values that stand side by side in a file, each over any number of lines."""
    scanner = _Scanner(path, stream)
    while scanner.peek():
        line = scanner.line
        yield Raw("", NO_INDEX, line, scanner.value())


def decoded(data: bytes) -> Any:
    """Decode one value; a lone surrogate, NaN and the infinities are let through.

    Raises
    ------
    ValueError
        With one line that says what is wrong. `UnicodeDecodeError` is one for bytes not UTF-8.
    """
    # Counting is quick, and most values have too few brackets to be deep.
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH and _depth(data) > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH}")
    try:
        return msgspec.json.decode(data)
    except UnicodeDecodeError:
        raise
    except (msgspec.DecodeError, RecursionError) as error:
        try:
            return json.loads(
                data.decode()
            )  # is slower, and knows what JavaScript and Python write
        except UnicodeDecodeError:
            raise
        except (ValueError, RecursionError):
            raise ValueError(str(error).partition(" - at ")[0]) from error


def _key(scanner: "_Scanner") -> str:
    if scanner.peek() != b'"':
        raise scanner.error("malformed JSON, expected a key")
    try:
        return str(decoded(scanner.value()))
    except ValueError as error:
        raise scanner.error("malformed JSON, expected a key") from error


def _elements(scanner: "_Scanner", key: str) -> Iterator[Raw]:
    scanner.take(b"[")
    if scanner.peek() == b"]":
        scanner.take(b"]")
        return
    index = 0
    while True:
        scanner.peek()
        line = scanner.line
        yield Raw(key, index, line, scanner.value())
        index += 1
        if scanner.take(b",", b"]") == b"]":
            return


def _depth(data: bytes) -> int:
    depth = deepest = 0
    for token in _TOKEN.finditer(data):
        opens = token[0] in (b"[", b"{")
        depth += opens - (token[0] in (b"]", b"}"))
        deepest = max(deepest, depth)
    return deepest


class _Scanner:
    """Finds where values end; holds one value and the piece of the file that was read last."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self._path, self._stream = path, stream
        self._data, self._at = b"", 0
        self.line = 1

    def peek(self) -> bytes:
        """Pass over blanks; return the next byte, empty at the end."""
        while True:
            found = _SPACE.match(self._data, self._at)
            assert found is not None
            self._move(found.end())
            if self._at < len(self._data):
                return self._data[self._at : self._at + 1]
            if not self._more():
                return b""

    def take(self, *expected: bytes) -> bytes:
        """Take one of some bytes; RemidError for any other."""
        found = self.peek()
        if found not in expected:
            wanted = " or ".join(repr(byte.decode()) for byte in expected)
            what = "malformed JSON" if found else "the file is cut off here"
            raise self.error(f"{what}, expected {wanted}")
        self._move(self._at + 1)
        return found

    def value(self) -> bytes:
        """Take the bytes of the next value."""
        if not (first := self.peek()):
            raise self.error("the file is cut off here, expected a value")
        if first not in b'[{"':
            return self._bare()
        # Brackets outside of strings, counted: the value ends where they are balanced.
        depth, at = 0, self._at
        while True:
            token = _TOKEN.search(self._data, at)
            if token is None or token[1] == b"":  # none left, or a string that goes on
                # Go on from an unfinished string, not from the beginning of the value.
                at = token.start() - self._at if token else len(self._data) - self._at
                if not self._more(len(self._data) - self._at):
                    raise self.error("the file is cut off inside a value")
                at += self._at
                continue
            at = token.end()
            if token[0] in (b"[", b"{"):
                depth += 1
                if depth > MAX_DEPTH:
                    raise self.error(f"nested deeper than {MAX_DEPTH}")
            elif token[0] in (b"]", b"}"):
                depth -= 1
            if depth == 0:
                return self._taken(at)

    def end(self) -> None:
        """RemidError unless only blanks are left."""
        if self.peek():
            raise self.error("malformed JSON, more follows after its end")

    def error(self, what: str) -> RemidError:
        if b"\0" in self._data[self._at : self._at + _PIECE]:
            what = "a NUL byte, so this is not text or a write was cut short"
        remedy = "correct the JSON there" if what.startswith("malformed") else "get the file again"
        return RemidError(f"{self._path}, line {self.line}: {what}; {remedy}.")

    def _bare(self) -> bytes:
        while True:
            found = _BARE.match(self._data, self._at)
            assert found is not None
            if found.end() < len(self._data) or not self._more():
                break
        if found.end() == self._at:
            raise self.error("malformed JSON, expected a value")
        return self._taken(found.end())

    def _taken(self, end: int) -> bytes:
        data = self._data[self._at : end]
        self._move(end)
        return data

    def _move(self, end: int) -> None:
        # Lines are counted as the place moves, so that messages name them for nothing.
        self.line += self._data.count(b"\n", self._at, end)
        self._at = end

    def _more(self, size: int = 0) -> bool:
        """Read on, at least `size` bytes: a long value is not scanned again for every piece."""
        if len(self._data) - self._at > files.MAX_LINE:
            raise RemidError(
                f"{self._path}, line {self.line}: one value is longer than {files.MAX_LINE:,} "
                "bytes; no dialogue is that long."
            )
        # As much again as is held: time stays linear in the length of a value.
        piece = self._stream.read(max(_PIECE, size))
        self._data = self._data[self._at :] + piece
        self._at = 0
        return bool(piece)


def fault(path: Path, raw: Raw, error: ValueError) -> str:
    """Say why a value is none; RemidError if the whole file is not what it should be."""
    if isinstance(error, UnicodeDecodeError) or is_half_nul(raw.data):
        raise not_utf8(path, raw.where, raw.data) from error
    if b"\0" in raw.data:
        raise RemidError(
            f"{path}, {raw.where}: a NUL byte; this is not text, or a write was cut short: write "
            "the file again."
        )
    return f"no JSON ({error})"
