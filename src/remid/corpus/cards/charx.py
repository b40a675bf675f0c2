"""The card inside a CHARX file, a zip whose pictures and sounds are never unpacked."""

import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from remid.corpus.files import MAX_LINE, opened
from remid.domain.errors import RemidError

SIGNATURE = b"PK\x03\x04"
JPEG = b"\xff\xd8\xff"
"""Some tools append the zip to a picture."""
MAX_DIRECTORY = 16 * 1024 * 1024
"""Largest table of contents that is read, in bytes: some 200,000 files."""
_END, _END_SIZE, _MAX_COMMENT = b"PK\x05\x06", 22, 65_535


def is_zip(path: Path) -> bool:
    """Tell whether a file ends as a zip does."""
    with opened(path) as file:
        return _end_record(file) is not None


def card(path: Path) -> bytes | None:
    """Return ``card.json`` at the root of the zip; None where there is none.

    Raises
    ------
    RemidError
        If the zip is damaged or encrypted, its table of contents or the card is too large, or the
        card is packed by another method than deflate.
    """
    with opened(path) as file:
        end = _end_record(file)
        # Bytes 12 to 15 of the end record: the size of the table of contents (APPNOTE 4.3.16).
        if end is None or int.from_bytes(end[12:16], "little") > MAX_DIRECTORY:
            raise RemidError(
                f"{path}: its zip is cut off, or lists more than any card holds; export it again."
            )
        try:
            with zipfile.ZipFile(file) as archive:
                names = [
                    n for n in archive.namelist() if n.lower().removeprefix("./") == "card.json"
                ]
                return _read(archive, archive.getinfo(names[0]), path) if names else None
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
            raise RemidError(f"{path}: its zip is damaged ({error}); export it again.") from error
        except (NotImplementedError, RuntimeError) as error:  # another version; encrypted
            raise RemidError(f"{path}, card.json: {error}; export it again.") from error


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> bytes:
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise RemidError(
            f"{path}, card.json: packed by method {info.compress_type}; export it with deflate."
        )
    with archive.open(info) as file:
        # One byte too many tells a bomb, whatever size the entry claims.
        text = file.read(MAX_LINE + 1)
    if len(text) > MAX_LINE:
        raise RemidError(
            f"{path}, card.json: over {MAX_LINE:,} bytes when unpacked; no card is that long."
        )
    return text


def _end_record(file: BinaryIO) -> bytes | None:
    # The end record stands last, before a comment of at most 65,535 bytes.
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_SIZE - _MAX_COMMENT))
    tail = file.read()
    place = tail.rfind(_END)
    return tail[place : place + _END_SIZE] if 0 <= place <= len(tail) - _END_SIZE else None
