"""Texts of a PNG, chunk by chunk."""

import zlib
from pathlib import Path

import pytest

from remid.corpus import png
from remid.domain.errors import RemidError


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def picture(*chunks: bytes) -> bytes:
    return png.SIGNATURE + chunk(b"IHDR", bytes(13)) + b"".join(chunks) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "text",
    [
        chunk(b"tEXt", b"Chara\0hello"),
        chunk(b"zTXt", b"chara\0\0" + zlib.compress(b"hello")),
        chunk(b"iTXt", b"CHARA\0\0\0\0\0hello"),
        chunk(b"iTXt", b"chara\0\1\0\0\0" + zlib.compress(b"hello")),
    ],
)
def test_texts_of_every_kind_in_any_case(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "a.png").write_bytes(picture(chunk(b"IDAT", b"x"), text))
    assert png.texts(tmp_path / "a.png", ("chara",)) == {"chara": b"hello"}


def test_a_wrong_checksum(tmp_path: Path) -> None:
    text = chunk(b"tEXt", b"chara\0hello")
    (tmp_path / "a.png").write_bytes(picture(text[:-1] + bytes([text[-1] ^ 1])))
    with pytest.raises(RemidError, match="chunk 1: its checksum fails"):
        png.texts(tmp_path / "a.png", ("chara",))


def test_a_cut_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture(chunk(b"tEXt", b"chara\0hello"))[:-20])
    with pytest.raises(RemidError, match="the PNG is cut off here"):
        png.texts(tmp_path / "a.png", ("chara",))


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    bomb = zlib.compress(bytes(20 * 1024 * 1024))
    (tmp_path / "a.png").write_bytes(picture(chunk(b"zTXt", b"chara\0\0" + bomb)))
    with pytest.raises(RemidError, match="bytes when unpacked; no card is that long"):
        png.texts(tmp_path / "a.png", ("chara",))
