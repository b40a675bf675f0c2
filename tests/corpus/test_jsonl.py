import dataclasses
import json
import os

import pytest

from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue, Turn
from remid.domain.errors import RemidError

GOOD = {
    "id": "a",
    "persona": "p",
    "character": "c",
    "context": [{"role": "user", "text": "hello"}],
    "reference": "hi",
}


def write(path, *values):
    path.write_bytes(
        b"".join((v if isinstance(v, bytes) else json.dumps(v).encode()) + b"\n" for v in values)
    )
    return path


def test_a_dialogue_survives_writing_and_reading(tmp_path, dialogue):
    path = tmp_path / "f.jsonl"
    assert jsonl.write(path, [dialogue]) == 1
    assert list(jsonl.read(path)) == [dialogue]


def test_the_records_have_the_domains_fields():
    for record, domain in ((jsonl._Line, Dialogue), (jsonl._Turn, Turn)):
        fields = tuple(field.name for field in dataclasses.fields(domain))
        assert record.__struct_fields__ == fields


def test_blank_lines_a_byte_order_mark_and_mixed_newlines_are_passed_over(tmp_path):
    line = json.dumps(GOOD).encode()
    path = tmp_path / "f.jsonl"
    second = line.replace(b'"a"', b'"b"')
    path.write_bytes(b"\xef\xbb\xbf" + line + b"\r\n\r\n\n" + second)
    assert [d.id for d in jsonl.read(path)] == ["a", "b"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"id": "b",', "line 2: Input data was truncated"),
        (b"[]", "line 2: Expected `object`, got `array`"),
        (b"\xff", "line 2: "),
        (json.dumps(GOOD).encode().replace(b"hello", b"h\xffllo"), "line 2: not valid UTF-8"),
        (json.dumps(GOOD).encode().replace(b"hello", b"h\0llo"), "line 2: a NUL byte"),
        (b"[" * 100_000, "line 2: "),
        (GOOD | {"id": 3}, r"line 2, field \$.id: Expected `str`, got `int`"),
        (
            GOOD | {"context": [{"role": "user", "text": None}]},
            r"line 2, field \$.context\[0\].text: Expected `str`, got `null`",
        ),
        (GOOD | {"context": [{"role": "bot", "text": ""}]}, r"field \$.context\[0\].role"),
        (GOOD | {"personna": ""}, "unknown field `personna`"),
        ({k: v for k, v in GOOD.items() if k != "reference"}, "required field `reference`"),
        (GOOD, "line 2, field id: 'a' was already used at line 1"),
        (json.dumps(GOOD).encode() * 2, "line 2: "),
    ],
)
def test_a_bad_line_is_named_with_its_field(tmp_path, line, message):
    path = write(tmp_path / "f.jsonl", GOOD, line)
    with pytest.raises(RemidError, match=message) as error:
        list(jsonl.read(path))
    assert str(path) in str(error.value)


def test_a_line_of_50_megabytes_is_refused(tmp_path):
    long = GOOD | {"id": "b", "reference": "x" * 50_000_000}
    with pytest.raises(RemidError, match="line 2: longer than 16,777,216 bytes"):
        list(jsonl.read(write(tmp_path / "f.jsonl", GOOD, long)))


def test_nothing_is_left_half_written(tmp_path, dialogue):
    def broken():
        yield dialogue
        raise RemidError("no more")

    path = tmp_path / "f.jsonl"
    with pytest.raises(RemidError):
        jsonl.write(path, broken())
    assert os.listdir(tmp_path) == []


def test_a_lone_surrogate_is_refused_by_dialogue(tmp_path, dialogue):
    with pytest.raises(RemidError, match="dialogue 'a': holds a lone surrogate"):
        jsonl.write(tmp_path / "f", [dataclasses.replace(dialogue, reference="\ud800")])
