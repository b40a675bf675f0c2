"""Cards in whatever file, and files that only look like one."""

import base64
import gzip
import io
import json
import socket
import struct
import subprocess
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remid.corpus.cards import played, samples
from remid.corpus.cards.payload import MAX_YAML, NoCard, payload
from remid.domain.errors import RemidError

PATIENT = settings(deadline=None)
EXAMPLE = "{{user}}: Late?\n{{char}}: Always."
CARD = {"spec": "chara_card_v2", "data": {"name": "Mira", "mes_example": EXAMPLE}}
OLDER = {"name": "Old", "description": "older", "mes_example": EXAMPLE}


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*pair) for pair in (*chunks, (b"IEND", b"")))


def charx(card: object) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("card.json", json.dumps(card))
    return out.getvalue()


def text_chunk(keyword: str, plain: bytes, kind: bytes, packing: str) -> tuple[bytes, bytes]:
    packed = {
        "base64": base64.b64encode,
        "wrapped": base64.encodebytes,
        "unpadded": lambda data: base64.b64encode(data).rstrip(b"="),
        "plain": lambda data: data,
    }[packing](plain)
    head = keyword.encode() + b"\0"
    if kind == b"zTXt":
        return kind, head + b"\0" + zlib.compress(packed)
    if kind == b"iTXt-packed":
        return b"iTXt", head + b"\1\0en\0\0" + zlib.compress(packed)
    return kind, head + (b"\0\0\0\0" if kind == b"iTXt" else b"") + packed


OTHERS = [(b"IDAT", b"x"), (b"tEXt", b"Software\0y"), (b"zTXt", b"Comment\0\0bad"), (b"eXIf", b"")]
KEYWORDS = {"chara": OLDER, "Chara": OLDER, "CHARA": OLDER, "ccv3": CARD, "CCV3": CARD}


@given(
    texts=st.lists(
        st.tuples(
            st.sampled_from(sorted(KEYWORDS)),
            st.sampled_from([b"tEXt", b"zTXt", b"iTXt", b"iTXt-packed"]),
            st.sampled_from(["base64", "wrapped", "unpadded", "plain"]),
        ),
        min_size=1,
        max_size=4,
    ),
    others=st.lists(st.sampled_from(OTHERS), max_size=4),
    data=st.data(),
)
@PATIENT
def test_a_card_is_found_wherever_its_chunk_stands(
    texts: list[tuple[str, bytes, str]], others: list[tuple[bytes, bytes]], data: st.DataObject
) -> None:
    chunks = [
        text_chunk(keyword, json.dumps(KEYWORDS[keyword]).encode(), kind, packing)
        for keyword, kind, packing in texts
    ]
    layout = data.draw(st.permutations([*chunks, *others]))
    newest = "Mira" if any(keyword.lower() == "ccv3" for keyword, _, _ in texts) else "Old"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "card"
        path.write_bytes(png((b"IHDR", b""), *layout))
        assert played(path).name == newest


SEEDS = {
    "json": json.dumps(CARD).encode(),
    "yaml": b"name: Mira\ncontext: |-\n  {{user}}: Late?\n  {{char}}: Always.\n",
    "png": png((b"IDAT", b""), text_chunk("chara", json.dumps(CARD).encode(), b"zTXt", "wrapped")),
    "charx": charx(CARD),
}


@pytest.mark.parametrize("seed", SEEDS)
@given(data=st.data())
@settings(PATIENT, max_examples=150)
def test_no_damage_raises_anything_else(seed: str, data: st.DataObject) -> None:
    damaged = bytearray(SEEDS[seed])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(damaged)))
        damaged[place : place + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=5))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"card.{seed}"
        path.write_bytes(bytes(damaged))
        try:
            played(path)
        except RemidError as error:
            assert str(path) in str(error) and "\n" not in str(error)


FIELD = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=40) | st.lists(st.text(max_size=5))
)
NAMES = ("name", "nickname", "description", "personality", "scenario", "first_mes", "mes_example",
         "tags", "character_book", "extensions", "context", "char_persona", "spec", "data")  # fmt: skip


@given(
    st.dictionaries(st.sampled_from(NAMES), FIELD | st.dictionaries(st.sampled_from(NAMES), FIELD))
)
@PATIENT
def test_no_fields_raise_anything_else(fields: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "card.json"
        path.write_text(json.dumps(fields))
        try:
            who = played(path)
        except RemidError as error:
            assert "\n" not in str(error)
        else:
            assert who.name.strip() and all(
                reply.text for turns in who.examples for reply in turns[1:]
            )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (png((b"IDAT", b"")), "this picture holds no card"),
        (b"\xff\xd8\xff\xe0 JFIF", "a JPEG picture; cards are read from"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "a WEBP picture"),
        (b"GIF89a", "a GIF picture"),
        (b'{"entries": {}}', "a lorebook"),
        (b'{"messages": []}', "none of the fields of a card"),
        (b"- a\n- b", "no object with the fields of a card"),
    ],
)
def test_what_is_no_card_says_what_it_is(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(NoCard, match=said):
        payload(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no object|neither JSON nor YAML"),
        (b'{"name": "Mira"', "the card.*delimiter"),
        (b"[" * 100_000, "nested too deeply|Expecting"),
        (b'{"spec": ' * 50_000, "nested too deeply|Expecting"),
        (b"name: Mir\xe4", "not valid UTF-8"),
        (b"a: " + b"x" * MAX_YAML, "YAML over"),
        (b"a: &a [x, x]\nb: &b [*a, *a]\n", "it uses an alias"),
        (b'{"name": "' + b"x" * (17 * 1024 * 1024), "over 16,777,216 bytes"),
    ],
)
def test_a_broken_card_is_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    with pytest.raises(RemidError, match=said) as raised:
        played(path)
    assert str(path) in str(raised.value) and "\n" not in str(raised.value)


def test_nothing_is_executed_or_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # pragma: no cover
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a card reached outside of its file")

    away = CARD["data"] | {
        "description": "{{eval:1}} {{setvar::a::b}} ${7*7} {% import os %} <script>x</script>",
        "assets": [{"type": "icon", "uri": "https://example.org/a.png", "name": "a", "ext": "png"}],
        "avatar": "http://example.org/b.png",
    }
    files = {
        "a.json": json.dumps({"spec": "chara_card_v3", "data": away}).encode(),
        "b.yaml": b"name: Mira\ndescription: !!python/object/apply:os.system ['touch /tmp/x']\n",
        "c.charx": charx({"spec": "chara_card_v3", "data": away}),
        "d.jsonl.gz": gzip.compress(json.dumps({"data": away}).encode()),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    for owner, name in ((socket, "socket"), (subprocess, "Popen"), (Path, "write_bytes")):
        monkeypatch.setattr(owner, name, refuse)
    monkeypatch.setattr("os.system", refuse)
    monkeypatch.setattr("builtins.eval", refuse)
    monkeypatch.setattr("builtins.exec", refuse)
    for name in files:
        found = [*samples(tmp_path / name)]
        assert found and all(sample.dialogue or sample.passed_over for sample in found)
    assert "{{setvar::a::b}} ${7*7}" in played(tmp_path / "a.json").text
