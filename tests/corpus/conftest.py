"""Files for the readers' tests."""

import base64
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remid.domain.dialogue import Dialogue, Turn


@pytest.fixture
def dialogue() -> Dialogue:
    return Dialogue(
        id="a",
        persona="Nora, a night nurse",
        character="Catherine II",
        context=(
            Turn("user", "Why five o'clock?"),
            Turn("character", "Nobody wants anything yet."),
            Turn("user", "Und wann schläfst du? 何時?"),
        ),
        reference="At ten.\nI defend that hour.",
        split="id_train",
        language="en",
        trace="## User\nA nurse.",
        parents=("b", "c"),
        tags={"topic": "early hours"},
    )


@pytest.fixture
def json_file(tmp_path: Path) -> Callable[..., Path]:
    def write(value: Any, name: str = "file.json") -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
        return path

    return write


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.fixture
def png() -> Callable[..., bytes]:
    """A PNG of one pixel with text chunks after its pixels."""

    def make(*texts: tuple[bytes, bytes]) -> bytes:
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
        pixels = chunk(b"IDAT", zlib.compress(b"\0\0"))
        extra = b"".join(chunk(kind, data) for kind, data in texts)
        return b"\x89PNG\r\n\x1a\n" + header + pixels + extra + chunk(b"IEND", b"")

    return make


@pytest.fixture
def text_chunk() -> Callable[..., tuple[bytes, bytes]]:
    """A card as the text of a chunk, plain (tEXt), compressed (zTXt) or international (iTXt)."""

    def make(keyword: str, card: Any, kind: str = "tEXt") -> tuple[bytes, bytes]:
        text = base64.b64encode(json.dumps(card).encode())
        between = {"tEXt": b"\0", "zTXt": b"\0\0", "iTXt": b"\0\0\0\0\0"}[kind]
        body = zlib.compress(text) if kind == "zTXt" else text
        return kind.encode(), keyword.encode() + between + body

    return make
