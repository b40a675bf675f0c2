"""Every reader: what is written comes back whole, and no bytes raise anything but RemidError."""

import base64
import csv
import gzip
import io
import json
import struct
import tempfile
import zlib
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from reading import dialogues

from remid.corpus import jsonl
from remid.corpus.importing import import_file
from remid.corpus.options import Mapping, Options
from remid.corpus.readers.synthetic import HEADER
from remid.corpus.registry import READERS
from remid.domain.dialogue import Dialogue, Turn
from remid.domain.errors import RemidError

PATIENT = settings(deadline=None)
"""A busy machine is no fault of a reader."""
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
# What a reader keeps letter for letter: no line ends but newlines, no NUL, none of what stands for
# something else, and no blanks around it, which are taken off.
KEPT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=30).filter(
    lambda t: not set(t) & set("\ufeff{}<>[]()'")
)
CLEAN = KEPT.map(str.strip).filter(bool)
PERSONA = CLEAN
PLAIN_NAME = CLEAN.filter(lambda t: t.lower() not in ("unused", "undefined", "null", "none", "u"))
TAGS = st.dictionaries(CLEAN.map("x-{}".format), CLEAN, max_size=3)
TURNS = st.lists(st.builds(Turn, st.sampled_from(["user", "character"]), ANY), max_size=5)
EXCHANGES = st.lists(st.tuples(CLEAN, CLEAN), min_size=1, max_size=4)


def any_dialogues(text: st.SearchStrategy[str] = ANY) -> st.SearchStrategy[Dialogue]:
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
        tags=st.dictionaries(ANY, ANY, max_size=3),
    )


def read(
    format: str | None, data: bytes, name: str = "file", character: str = ""
) -> list[Dialogue]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        return dialogues(path, format=format, character=character)


def as_turns(exchanges: list[tuple[str, str]]) -> tuple[tuple[Turn, ...], str]:
    """The context and the reference of alternating (user, character) turns."""
    turns = [
        Turn(role, text)
        for pair in exchanges
        for role, text in zip(("user", "character"), pair, strict=True)
    ]
    return tuple(turns[:-1]), turns[-1].text


@given(st.lists(any_dialogues(), max_size=4, unique_by=lambda d: d.id))
@PATIENT
def test_remid_comes_back(written):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.jsonl"
        assert jsonl.write(path, written) == len(written)
        assert list(jsonl.read(path)) == written


@given(EXCHANGES, CLEAN, PERSONA, TAGS)
@PATIENT
def test_chat_comes_back(exchanges, character, persona, extra):
    messages = [{"role": "system", "content": character}]
    for user, reply in exchanges:
        messages += [{"role": "user", "content": user}, {"role": "assistant", "content": reply}]
    line = {"messages": messages, "metadata": {"persona": persona} | extra}
    (d,) = read("chat", json.dumps(line).encode())
    assert (d.context, d.reference) == as_turns(exchanges)
    assert (d.character, d.persona, d.tags) == (character, persona, extra)


CONTAINERS = {
    "lines": lambda rows: "".join(json.dumps(row) + "\n" for row in rows).encode(),
    "array": lambda rows: json.dumps(rows, indent=1, ensure_ascii=False).encode(),
    "object": lambda rows: json.dumps({"data": rows}).encode(),
    "objects": lambda rows: "\n".join(json.dumps(row, indent=1) for row in rows).encode(),
    "utf-16": lambda rows: "".join(json.dumps(r, ensure_ascii=False) + "\r\n" for r in rows).encode(
        "utf-16"
    ),
    "gzip": lambda rows: gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()),
    "parquet": lambda rows: _parquet(rows),
    "csv": lambda rows: _csv(rows),
}
PROMPTED = st.lists(
    st.fixed_dictionaries({"system": CLEAN, "prompt": CLEAN, "completion": CLEAN}),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("container", CONTAINERS)
@given(rows=PROMPTED)
@settings(PATIENT, max_examples=40)
def test_any_container_gives_the_dialogues_that_went_in(container, rows):
    found = read(None, CONTAINERS[container](rows))
    assert [(d.character, d.context, d.reference) for d in found] == [
        (row["system"], (Turn("user", row["prompt"]),), row["completion"]) for row in rows
    ]


def _parquet(rows: list[dict[str, str]]) -> bytes:
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


def _csv(rows: list[dict[str, str]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, ["system", "prompt", "completion"])
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


@given(EXCHANGES, PERSONA, TAGS)
@PATIENT
def test_sharegpt_comes_back(exchanges, system, extra):
    turns = [
        {"from": who, "value": text}
        for pair in exchanges
        for who, text in zip(("human", "gpt"), pair, strict=True)
    ]
    row = {"conversations": turns, "system": system} | extra
    (d,) = read(None, json.dumps([row]).encode())
    assert (d.context, d.reference) == as_turns(exchanges)
    assert (d.character, d.tags) == (system, extra)


@given(EXCHANGES, PLAIN_NAME)
@PATIENT
def test_sillytavern_comes_back(exchanges, name):
    told = [{"user_name": "U", "character_name": name, "chat_metadata": {}}]
    for user, reply in exchanges:
        told += [{"name": "U", "is_user": True, "mes": user}]
        told += [{"name": name, "is_user": False, "mes": reply}]
    (d,) = read(None, "\n".join(map(json.dumps, told)).encode())
    assert (d.context, d.reference) == as_turns(exchanges)
    assert d.character == name


@given(EXCHANGES, CLEAN, CLEAN, TAGS)
@PATIENT
def test_rpgbench_comes_back(exchanges, character, persona, extra):
    context, reference = as_turns(exchanges)
    names = {"user": "user_query", "character": "agent_response"}
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


@given(EXCHANGES.filter(lambda e: all("__SILENCE__" not in p for p in e)), PERSONA)
@PATIENT
def test_xpersona_comes_back(exchanges, persona):
    value = [{"persona": [persona], "dialogue": exchanges}]
    (d,) = read("xpersona", json.dumps(value).encode(), "Zh_x.json")
    assert (d.context, d.reference) == as_turns(exchanges)
    assert (d.character, d.language) == (persona, "zh")


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


SAID = '[{"role":"user","content":"u"},{"role":"assistant","content":"\\u00e9"}]'
SEEDS = {
    "remid": b'{"id":"a","persona":"","character":"c",'
    b'"context":[{"role":"user","text":"\xc3\xa9"}],"reference":"r","tags":{"a":"b"}}\n',
    "rpgbench": b'{"IDTest":[{"sample_ID":1,"user_persona":"p","agent_character":"c",'
    b'"dialogue_context":[{"user_query":"q"}],"agent_golden_response":"\\u00e9"}]}',
    "chat": f'{{"system":"s","messages":{SAID}}}\n'.encode(),
    "cards": _picture(b'{"data":{"name":"n","first_mes":"f"},"spec":"chara_card_v2"}', True),
    "xpersona": b'[{"persona":["p"],"dialogue":[["a","b"],["\xc3\xa9","d"]]}]',
    "synthetic_persona_chat": ",".join(HEADER).encode() + b'\np,c,"User 1: a\nUser 2: b"\n',
    "prompt_reply": b"id,character,user,reply\n1,c,u,\xc3\xa9\n",
    "messages": f'[{{"role":"system","content":"c"}},{SAID[1:]}'.encode(),
    "sillytavern": b'{"user_name":"A","character_name":"B"}\n{"name":"A","is_user":true,"mes":"a"}\n'
    b'{"name":"B","is_user":false,"mes":"b","swipes":["b"],"swipe_id":0}\n',
    "webui": b'{"internal":[["<|BEGIN-VISIBLE-CHAT|>","a"],["b","c"]],"visible":[["b","c"]]}',
    "agnai": b'{"name":"n","scenario":"s","messages":[{"userId":"u","msg":"a"},{"msg":"b"}]}',
    "risuai": b'{"type":"risuChat","data":{"message":[{"role":"user","data":"a"},'
    b'{"role":"char","data":"b"}]}}',
    "characterai": b'{"info":{"character":{"name":"n"}},"histories":{"histories":[{"msgs":['
    b'{"src":{"is_human":true},"text":"a"},{"src":{"is_human":false},"text":"b"}]}]}}',
    "koboldai": b'{"gamestarted":true,"memory":"m","actions":["\\nA: a","\\nB: b"],'
    b'"savedsettings":{"chatname":"A","chatopponent":"B"}}',
    "charactereval": b'[{"id":1,"role":"B","novel_name":"n","context":"A: a\\nB: b"}]',
    "coser": b'{"key_characters":[{"name":"B","motivation":"m"}],"character_profiles":{"B":"p"},'
    b'"scenario":"s","dialogues":[{"character":"A","message":"a"},{"character":"B","message":"b"}]}',
    "rolebench": b'{"role":"B","question":"a","generated":["b","c"]}\n',
}
"""A sound file of every format."""
MAPPING = Options(mapping=Mapping("messages", "role", "content", ("user",)), character="system")
PACKED = {"gzip": gzip.compress, "utf-16": lambda data: data.decode("utf-8").encode("utf-16")}


def test_every_seed_is_read_and_every_reader_has_one():
    assert set(SEEDS) == set(READERS)
    for format, data in SEEDS.items():
        if format == "cards":
            continue
        (found,) = read(None, data, character="c")
        assert read(format, data, character="c") == [found]
        for pack in PACKED.values():
            assert read(None, pack(data), character="c") == [found]


@pytest.mark.parametrize("format", READERS)
@given(data=st.binary(max_size=400))
@example(data=b"[" * 100_000)
@example(data=b'{"a":' * 50_000)
@example(data=b'{"IDTest": [1e999, 99999999999999999999999]}')
@example(data=b'[{"persona": [1e999], "dialogue": 123456789012345678901234567890}]')
@example(data=b'{"id": "\\ud800"}')
@example(data=b'["\\ud800"]')
@settings(PATIENT, max_examples=60)
def test_no_bytes_raise_anything_else(format, data):
    _only_remid_errors(format, data)
    _only_remid_errors(format, SEEDS[format] + data)


@pytest.mark.parametrize("format", READERS)
@given(data=st.data())
@settings(PATIENT, max_examples=100)
def test_no_damage_raises_anything_else(format, data):
    damaged = bytearray(SEEDS[format])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, max(0, len(damaged) - 1)))
        width = data.draw(st.integers(0, 5))
        damaged[place : place + width] = data.draw(st.binary(max_size=5))
    _only_remid_errors(format, bytes(damaged))


@pytest.mark.parametrize("container", CONTAINERS)
@given(data=st.data())
@settings(PATIENT, max_examples=60)
def test_no_damage_to_a_container_raises_anything_else(container, data):
    rows = [{"system": "s", "prompt": "p", "completion": "c"}] * 3
    damaged = bytearray(CONTAINERS[container](rows))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(damaged)))
        damaged[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=5))
    _only_remid_errors("prompt_reply", bytes(damaged))


def _only_remid_errors(format: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, output = Path(folder) / "file", Path(folder) / "out"
        path.write_bytes(data)
        for options in (Options(format=format), Options(items="every"), MAPPING):
            try:
                report = import_file(path, output, options)
            except RemidError as error:
                assert str(path) in str(error)
                assert "\n" not in str(error)
                assert not output.exists()
            else:
                assert sum(1 for _ in jsonl.read(output)) == report.read > 0
                output.unlink()
