"""Opening files that others made."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from remid.domain.errors import RemidError

MAX_LINE = 16 * 1024 * 1024
"""Longest line, or JSON value inside an array, that is read, in bytes: it bounds the memory."""


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading bytes, and notice if it changed meanwhile.

    Raises
    ------
    RemidError
        If it cannot be opened or read, or if its size or time changed while it was read.
    """
    try:
        with open(path, "rb") as file:
            before = os.fstat(file.fileno())
            yield file
            after = os.fstat(file.fileno())
    except OSError as error:
        raise RemidError(
            f"{path}: cannot be read ({error.strerror or error}); name a file that exists and that "
            "you may read."
        ) from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise RemidError(
            f"{path}: the file changed while it was read; read it again when nothing writes to it."
        )


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield (line number from 1, the line with its newline); only one line is in memory.

    Raises
    ------
    RemidError
        As `opened`, and for a line longer than `MAX_LINE`.
    """
    number = 0
    with opened(path) as file:
        while line := file.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise RemidError(
                    f"{path}, line {number}: longer than {MAX_LINE:,} bytes; write one dialogue a "
                    "line, or split the file."
                )
            yield number, line
