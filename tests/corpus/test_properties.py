"""Every reader: what is written comes back whole, and no bytes raise anything but RemidError."""

import base64
import csv
import io
import json
import struct
import tempfile
import zlib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from remid.corpus import formats, jsonl
from remid.corpus.importing import import_file
from remid.corpus.synthetic import HEADER
from remid.domain.dialogue import Dialogue, Turn
from remid.domain.errors import RemidError

PATIENT = settings(deadline=None)
"""A busy machine is no fault of a reader."""
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
# What a reader keeps letter for letter: without blanks around it, which it takes off.
CLEAN = ANY.map(str.strip).filter(bool)
TAGS = st.dictionaries(ANY, ANY, max_size=3)
TURNS = st.lists(st.builds(Turn, st.sampled_from(["user", "character"]), ANY), max_size=5)
EXCHANGES = st.lists(st.tuples(CLEAN, CLEAN), min_size=1, max_size=4)


def dialogues(text: st.SearchStrategy[str] = ANY) -> st.SearchStrategy[Dialogue]:
    return st.builds(
        Dialogue,
        id=text,
        persona=text,
        character=text,
        context=TURNS.map(tuple),
        reference=text,
        split=text,
        language=text,
        trace=text,
        parents=st.lists(text, max_size=2).map(tuple),
        tags=TAGS,
    )


def read(format: str, data: bytes, name: str = "file") -> list[Dialogue]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        return list(formats.read(path, format))


def as_turns(exchanges: list[tuple[str, str]]) -> tuple[tuple[Turn, ...], str]:
    """The context and the reference of alternating (user, character) turns."""
    turns = [
        Turn(role, text)
        for pair in exchanges
        for role, text in zip(("user", "character"), pair, strict=True)
    ]
    return tuple(turns[:-1]), turns[-1].text


@given(st.lists(dialogues(), max_size=4, unique_by=lambda d: d.id))
@PATIENT
def test_remid_comes_back(written):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.jsonl"
        assert jsonl.write(path, written) == len(written)
        assert list(jsonl.read(path)) == written


@given(EXCHANGES, CLEAN, ANY, TAGS)
@PATIENT
def test_chat_comes_back(exchanges, character, persona, extra):
    messages = [{"role": "system", "content": character}]
    for user, reply in exchanges:
        messages += [{"role": "user", "content": user}, {"role": "assistant", "content": reply}]
    extra = {f"x-{key}": value for key, value in extra.items()}
    line = {"messages": messages, "metadata": {"persona": persona} | extra}
    (d,) = read("chat", json.dumps(line).encode())
    assert (d.context, d.reference) == as_turns(exchanges)
    assert (d.character, d.persona, d.tags) == (character, persona, extra)


@given(EXCHANGES, CLEAN, CLEAN, TAGS)
@PATIENT
def test_rpgbench_comes_back(exchanges, character, persona, extra):
    context, reference = as_turns(exchanges)
    names = {"user": "user_query", "character": "agent_response"}
    extra = {f"x-{key}": value for key, value in extra.items()}
    sample = {
        "sample_ID": "s",
        "user_persona": persona,
        "agent_character": character,
        "dialogue_context": [{names[turn.role]: turn.text} for turn in context],
        "agent_golden_response": reference,
        "subset_tag": "korean",
    } | extra
    (d,) = read("rpgbench", json.dumps({"OOD1Test": [sample]}, ensure_ascii=False).encode())
    assert (d.context, d.reference) == (context, reference)
    assert (d.character, d.persona, d.split) == (character, persona, "user/korean")
    assert d.tags == {"sample_ID": "s", "subset_tag": "korean"} | extra


@given(EXCHANGES.filter(lambda e: all("__SILENCE__" not in p for p in e)), st.lists(ANY))
@PATIENT
def test_xpersona_comes_back(exchanges, persona):
    value = [{"persona": persona, "dialogue": exchanges}]
    (d,) = read("xpersona", json.dumps(value).encode(), "Zh_x.json")
    assert (d.context, d.reference) == as_turns(exchanges)
    assert (d.character, d.language) == ("\n".join(persona), "zh")


# One line each, and no asterisks around it, which the corpus uses as decoration.
SPOKEN = CLEAN.filter(lambda t: len(t.splitlines()) == 1 and not set(t) & set("*\0\r"))
SPOKEN_EXCHANGES = st.lists(st.tuples(SPOKEN, SPOKEN), min_size=1, max_size=4)


@given(SPOKEN_EXCHANGES, CLEAN, CLEAN)
@PATIENT
def test_synthetic_persona_chat_comes_back(exchanges, persona, character):
    text = "\n".join(f"User 1: {user}\nUser 2: {reply}" for user, reply in exchanges)
    file = io.StringIO(newline="")
    csv.writer(file).writerows([HEADER, (persona, character, text)])
    (d,) = read("synthetic_persona_chat", file.getvalue().encode())
    assert (d.context, d.reference) == as_turns(exchanges)
    assert (d.persona, d.character) == (persona, character)


# No macros, which a card's reader fills in.
PLAIN = SPOKEN.filter(lambda t: not set(t) & set("{}<>"))


@pytest.mark.parametrize("picture", [False, True])
@given(
    exchanges=st.lists(st.tuples(PLAIN, PLAIN), min_size=1, max_size=4),
    name=PLAIN,
    description=PLAIN,
    compressed=st.booleans(),
)
@PATIENT
def test_cards_come_back(picture, exchanges, name, description, compressed):
    example = "\n".join(f"{{{{user}}}}: {user}\n{{{{char}}}}: {reply}" for user, reply in exchanges)
    data = {"name": name, "description": description, "mes_example": f"<START>\n{example}"}
    card = json.dumps({"spec": "chara_card_v3", "spec_version": "3.0", "data": data}).encode()
    (d,) = read("cards", _picture(card, compressed) if picture else card)
    assert (d.context, d.reference) == as_turns(exchanges)
    assert d.character == f"{name}\n{description}"


def _picture(card: bytes, compressed: bool) -> bytes:
    text = base64.b64encode(card)
    kind, body = (b"zTXt", b"\0" + zlib.compress(text)) if compressed else (b"tEXt", text)
    chunks = ((b"IDAT", b""), (kind, b"ccv3\0" + body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


SEEDS = {
    "remid": b'{"id":"a","persona":"","character":"c",'
    b'"context":[{"role":"user","text":"\xc3\xa9"}],"reference":"r","tags":{"a":"b"}}\n',
    "rpgbench": b'{"IDTest":[{"sample_ID":1,"user_persona":"p","agent_character":"c",'
    b'"dialogue_context":[{"user_query":"q"}],"agent_golden_response":"\\u00e9"}]}',
    "chat": b'{"messages":[{"role":"user","content":"u"},{"role":"assistant","content":"a"}]}\n',
    "cards": _picture(b'{"data":{"name":"n","first_mes":"f"},"spec":"chara_card_v2"}', True),
    "xpersona": b'[{"persona":["p"],"dialogue":[["a","b"],["\xc3\xa9","d"]]}]',
    "synthetic_persona_chat": ",".join(HEADER).encode() + b'\np,c,"User 1: a\nUser 2: b"\n',
}


@pytest.mark.parametrize("format", formats.READERS)
@given(data=st.binary(max_size=400))
@example(data=b"[" * 100_000)
@example(data=b'{"a":' * 50_000)
@example(data=b'{"IDTest": [1e999, 99999999999999999999999]}')
@example(data=b'[{"persona": [1e999], "dialogue": 123456789012345678901234567890}]')
@example(data=b'{"id": "\\ud800"}')
@example(data=b'["\\ud800"]')
@settings(PATIENT, max_examples=150)
def test_no_bytes_raise_anything_else(format, data):
    _only_remid_errors(format, data)
    _only_remid_errors(format, SEEDS[format] + data)


@pytest.mark.parametrize("format", formats.READERS)
@given(data=st.data())
@settings(PATIENT, max_examples=200)
def test_no_damage_raises_anything_else(format, data):
    damaged = bytearray(SEEDS[format])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, max(0, len(damaged) - 1)))
        width = data.draw(st.integers(0, 5))
        damaged[place : place + width] = data.draw(st.binary(max_size=5))
    _only_remid_errors(format, bytes(damaged))


def _only_remid_errors(format: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, output = Path(folder) / "file", Path(folder) / "out"
        path.write_bytes(data)
        for name in (format, None):
            try:
                report = import_file(path, output, name)
            except RemidError as error:
                assert str(path) in str(error)
                assert "\n" not in str(error)
                assert not output.exists()
            else:
                assert sum(1 for _ in jsonl.read(output)) == report.read > 0
                output.unlink()
