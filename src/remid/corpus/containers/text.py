"""Files as a stream of UTF-8, whatever encoding, line ends or compression they have."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from remid.corpus.files import opened
from remid.domain.errors import RemidError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

GZIP = b"\x1f\x8b"
MAX_RATIO = 200
"""Most bytes that one compressed byte may become; text reaches about 20, a bomb 1,000."""
_SLACK = 1 << 24
_PIECE = 1 << 16
_SAMPLE = 1 << 18
# What files were written in before UTF-8; among all of Python's, short texts look like rare ones.
_LIKELY = "cp1252 cp932 gb18030 big5 cp949 euc_jp cp1251 cp1250 koi8_r utf_16_le utf_16_be".split()
# The longer mark first: that of UTF-32 begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@contextmanager
def utf8(path: Path, encoding: str | None = None) -> Iterator[BinaryIO]:
    """Open a file, compressed by gzip or not, as UTF-8 without a byte-order mark.

    Lines that end in a lone carriage return, as on an old Macintosh, end in a newline.

    Parameters
    ----------
    encoding
        The file's, by Python's name. When None, a byte-order mark tells, and else it is UTF-8,
        which is not checked here: what takes the bytes apart finds what is none (`not_utf8`).

    Raises
    ------
    RemidError
        As `files.opened`; for an unknown `encoding`, bytes that it cannot be, and a gzip file that
        is damaged, cut off, or unpacks to over `MAX_RATIO` times its size.
    """
    with opened(path) as file:
        raw: BinaryIO = file
        if file.peek(2)[:2] == GZIP:  # type: ignore[attr-defined]
            raw = cast(BinaryIO, io.BufferedReader(_Gunzipped(file, path), _PIECE))
        head = cast(io.BufferedReader, raw).peek(_PIECE)
        codec = encoding or next((_MARKS[mark] for mark in _MARKS if head.startswith(mark)), "")
        codec = _known(path, codec) if codec else "utf-8"
        if codec == "utf-8-sig" or (codec == "utf-8" and head.startswith(codecs.BOM_UTF8)):
            raw.read(len(codecs.BOM_UTF8))
            codec, head = "utf-8", head.removeprefix(codecs.BOM_UTF8)
        # Lone carriage returns end lines only in files without any newline.
        old_lines = b"\r" in head and b"\n" not in head
        if codec == "utf-8" and not old_lines:
            yield raw
        else:
            yield cast(BinaryIO, io.BufferedReader(_Transcoded(raw, path, codec), _PIECE))


def not_utf8(path: Path, where: str, around: bytes) -> RemidError:
    """Say that a file is not UTF-8, and which encoding it seems to have."""
    from charset_normalizer import from_bytes

    place = f", {where}" if where else ""
    # A sample: detection takes time with the square of what it looks at.
    found = from_bytes(around[:_SAMPLE], cp_isolation=_LIKELY)
    # Kana hardly come out of anything but Japanese, which short is taken for rare Hangul.
    best = next((match for match in found if _is_kana(str(match))), found.best())
    alike = best.could_be_from_charset if best is not None else []
    guess = next((name for name in _LIKELY if name in alike), "")
    if is_half_nul(around):
        guess = "utf_16_le" if around[1::2].count(0) > around[::2].count(0) else "utf_16_be"
    if not guess:
        return RemidError(
            f"{path}{place}: not valid UTF-8; name the file's encoding with --encoding."
        )
    return RemidError(
        f"{path}{place}: not valid UTF-8, it looks like {guess}; if it is, say so with --encoding "
        f"{guess}."
    )


def _is_kana(text: str) -> bool:
    foreign = [letter for letter in text if letter > "\x7f"]
    return 4 * sum("\u3041" <= letter <= "\u30ff" for letter in foreign) > len(foreign)


def is_half_nul(data: bytes) -> bool:
    """Whether bytes look like UTF-16, where half of every Latin letter is a NUL."""
    return len(data) > 8 and 0.25 * len(data) < data.count(0) < 0.6 * len(data)


def _known(path: Path, encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)  # codecs that are no encodings of text, such as zip, refuse it
    except (LookupError, UnicodeError, ValueError) as error:
        raise RemidError(
            f"{path}: encoding {encoding!r} is unknown; name one that Python knows, such as utf-8, "
            "utf-16, cp1252, shift_jis, gb18030 or euc_kr."
        ) from error
    return name


class _Gunzipped(io.RawIOBase):
    """Unpacks as it is read, and stops at what no text becomes."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._inner = gzip.GzipFile(fileobj=file)
        self._file, self._path, self._out = file, path, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        try:
            piece = self._inner.read(len(view))
        except EOFError as error:
            raise RemidError(
                f"{self._path}: the gzip file is cut off; get the whole file again."
            ) from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise RemidError(
                f"{self._path}: does not decompress ({error}); get the whole file again."
            ) from error
        self._out += len(piece)
        # Against what was read so far, not the whole file: it stops before it fills the memory.
        if self._out > _SLACK + MAX_RATIO * self._file.tell():
            raise RemidError(
                f"{self._path}: unpacks to over {MAX_RATIO} times its size, which no text does; "
                "unpack it yourself if you trust it."
            )
        view[: len(piece)] = piece
        return len(piece)


class _Transcoded(io.RawIOBase):
    """Decodes as it is read; half a character waits for the other half."""

    def __init__(self, file: BinaryIO, path: Path, encoding: str) -> None:
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        self._file, self._path, self._encoding = file, path, encoding
        self._ready, self._line, self._begun = b"", 1, False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        while not self._ready:
            piece = self._file.read(_PIECE)
            try:
                text = self._decoder.decode(piece, final=not piece)
            except UnicodeError as error:
                if self._encoding == "utf-8":
                    raise not_utf8(self._path, f"after line {self._line}", piece) from error
                raise RemidError(
                    f"{self._path}, after line {self._line}: not valid {self._encoding}; name "
                    "another with --encoding."
                ) from error
            if text and not self._begun:
                # The mark of UTF-16 is decoded as the character U+FEFF.
                text, self._begun = text.removeprefix("\ufeff"), True
            self._ready = text.encode("utf-8", "surrogatepass")
            self._line += self._ready.count(b"\n")
            if not piece:
                break
        size = min(len(view), len(self._ready))
        view[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size
