"""Text inside a PNG, read chunk by chunk; the picture itself is never decoded."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from remid.corpus.files import MAX_LINE, opened
from remid.domain.errors import RemidError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS = 100_000
"""Most chunks that are walked; real pictures have some hundreds."""
_TEXT = (b"tEXt", b"zTXt", b"iTXt")


def texts(path: Path, keywords: tuple[str, ...]) -> dict[str, bytes]:
    """Return the texts with these keywords, wherever in the file they stand; the first of each.

    Upper and lower case of a keyword do not matter, as tools write it either way.

    Raises
    ------
    RemidError
        If it is no PNG, is cut off, a checksum of a text fails, or a text is over 16 MiB, also
        after decompression.
    """
    found: dict[str, bytes] = {}
    with opened(path) as file:
        for kind, data in _chunks(file, path):
            keyword, _, body = data.partition(b"\0")
            name = keyword.decode("latin-1").strip().lower()
            if name in keywords and name not in found:
                found[name] = _text(kind, body, path)
    return found


def _chunks(file: BinaryIO, path: Path) -> Iterator[tuple[bytes, bytes]]:
    """Yield the text chunks, up to IEND; all others are skipped unread."""
    end = file.seek(0, 2)
    file.seek(0)
    if file.read(8) != SIGNATURE:
        raise RemidError(f"{path}: not a PNG; give the card as PNG or JSON.")
    for number in range(MAX_CHUNKS):
        head = file.read(8)
        # A chunk: length, kind, data, CRC-32 of kind and data (PNG, section 5.3).
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        place = f"{path}, chunk {number}"
        if len(head) < 8 or file.tell() + length + 4 > end:
            raise RemidError(f"{place}: the PNG is cut off here; get the whole file again.")
        if kind == b"IEND":
            return
        if kind not in _TEXT:
            file.seek(length + 4, 1)
            continue
        if length > MAX_LINE:
            raise RemidError(f"{place}: a text over {MAX_LINE:,} bytes; no card is that long.")
        data = file.read(length)
        if zlib.crc32(kind + data) != int.from_bytes(file.read(4), "big"):
            raise RemidError(f"{place}: its checksum fails; get the whole file again.")
        yield kind, data
    raise RemidError(f"{path}: more than {MAX_CHUNKS:,} chunks; this is no picture of a card.")


def _text(kind: bytes, body: bytes, path: Path) -> bytes:
    if kind == b"tEXt":
        return body
    if kind == b"zTXt":
        return _inflated(body[1:], path)
    # iTXt: flag, method, language, translated keyword, text.
    compressed, rest = body[:1] == b"\1", body[2:]
    text = rest.split(b"\0", 2)[-1]
    return _inflated(text, path) if compressed else text


def _inflated(data: bytes, path: Path) -> bytes:
    stream = zlib.decompressobj()
    try:
        # Bounded: what is left unread tells a bomb.
        text = stream.decompress(data, MAX_LINE)
    except zlib.error as error:
        raise RemidError(
            f"{path}: a compressed text does not decompress ({error}); get the whole file again."
        ) from error
    if stream.unconsumed_tail:
        raise RemidError(
            f"{path}: a text over {MAX_LINE:,} bytes when unpacked; no card is that long."
        )
    if not stream.eof:
        raise RemidError(f"{path}: a compressed text is cut off; get the whole file again.")
    return text
