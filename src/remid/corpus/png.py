"""Texts inside a PNG file, without decoding or trusting the picture."""

import os
import zlib
from pathlib import Path
from typing import BinaryIO

from remid.corpus.files import MAX_LINE, opened
from remid.domain.errors import RemidError

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def texts(path: Path, keywords: tuple[str, ...]) -> dict[str, bytes]:
    """Return the first tEXt or zTXt chunk of each keyword, unpacked; also those after the picture.

    Every other chunk is passed over unread, so that the size of the picture costs nothing.

    Raises
    ------
    RemidError
        Naming file and byte: no PNG, a truncated chunk, a wrong checksum, a text over 16 MiB packed
        or unpacked.
    """
    found: dict[str, bytes] = {}
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if file.read(len(SIGNATURE)) != SIGNATURE:
            raise RemidError(f"{path}: not a PNG file; name the format that it has.")
        kind = b""
        while kind != b"IEND":
            start = file.tell()
            head = file.read(8)
            length, kind = int.from_bytes(head[:4], "big"), head[4:]
            if len(head) < 8 or start + 12 + length > size:
                raise _error(path, start, "a truncated chunk")
            if kind in (b"tEXt", b"zTXt"):
                keyword, text = _text(path, file, start, length, kind)
                if keyword in keywords:
                    found.setdefault(keyword, _unpacked(path, start, kind, text))
            else:
                file.seek(length + 4, os.SEEK_CUR)
    return found


def _text(path: Path, file: BinaryIO, start: int, length: int, kind: bytes) -> tuple[str, bytes]:
    if length > MAX_LINE:
        raise _error(path, start, f"a text of {length:,} bytes, at most {MAX_LINE:,}")
    data, checksum = file.read(length), file.read(4)
    if zlib.crc32(kind + data) != int.from_bytes(checksum, "big"):
        raise _error(path, start, "a text with a wrong checksum")
    keyword, separator, text = data.partition(b"\0")
    if not separator:
        raise _error(path, start, "a text without a keyword")
    return keyword.decode("latin-1"), text


def _unpacked(path: Path, start: int, kind: bytes, text: bytes) -> bytes:
    if kind == b"tEXt":
        return text
    if text[:1] != b"\0":
        raise _error(path, start, "a text packed in an unknown way")
    unpacker = zlib.decompressobj()
    try:
        # Stops at the limit, whatever the packed bytes claim to become.
        whole = unpacker.decompress(text[1:], MAX_LINE + 1)
    except zlib.error as error:
        raise _error(path, start, f"a text that cannot be unpacked ({error})") from error
    if len(whole) > MAX_LINE:
        raise _error(path, start, f"a text that unpacks to more than {MAX_LINE:,} bytes")
    if not unpacker.eof:
        raise _error(path, start, "a packed text that ends too early")
    return whole


def _error(path: Path, start: int, what: str) -> RemidError:
    return RemidError(f"{path}, byte {start}: {what}; export the card again.")
