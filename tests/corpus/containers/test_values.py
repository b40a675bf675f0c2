import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remid.corpus import files
from remid.corpus.containers import values
from remid.corpus.containers.values import decoded, in_array, in_object, one_after_another
from remid.domain.errors import RemidError

PATH = Path("f")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def found(take, text, piece=None):
    data = text if isinstance(text, bytes) else text.encode()
    return [(r.key, r.index, r.line, decoded(r.data)) for r in take(PATH, io.BytesIO(data))]


def test_the_elements_of_an_array_come_with_their_lines():
    text = '[\n{"a": [1, 2.5, null, true]},\n\n"b", [],\n{}]\n'
    assert found(in_array, text) == [
        ("", 0, 2, {"a": [1, 2.5, None, True]}), ("", 1, 4, "b"), ("", 2, 4, []), ("", 3, 5, {}),
    ]  # fmt: skip


def test_the_elements_of_the_arrays_of_an_object_come_with_their_keys():
    text = '{"x": [{"k": {"x": []}}, 1],\n "n": 3, "empty": [], "y": ["z"], "o": {"p": [1]}}'
    records = list(in_object(PATH, io.BytesIO(text.encode())))
    assert [(r.key, r.where, decoded(r.data)) for r in records] == [
        ("x", "line 1, x[0]", {"k": {"x": []}}),
        ("x", "line 1, x[1]", 1),
        ("y", "line 2, y[0]", "z"),
        ("o", "line 2, o", {"p": [1]}),
    ]


def test_objects_side_by_side_are_one_after_another():
    text = '{\n "a": 1\n}\n{"b":\n 2} {"c": 3}'
    assert [(line, v) for _, _, line, v in found(one_after_another, text)] == [
        (1, {"a": 1}), (4, {"b": 2}), (5, {"c": 3}),
    ]  # fmt: skip


@given(st.lists(JSON), st.booleans(), st.integers(1, 40))
def test_any_array_comes_apart_into_its_elements(value, indented, piece):
    text = json.dumps(value, indent=2 if indented else None, ensure_ascii=not indented)
    before = values._PIECE
    values._PIECE = piece  # so that values are cut anywhere
    try:
        assert [v for *_, v in found(in_array, text.encode("utf-8", "surrogatepass"))] == value
    finally:
        values._PIECE = before


@pytest.mark.parametrize(
    ("take", "text", "message"),
    [
        (in_array, "[1,\n2", "f, line 2: the file is cut off here"),
        (in_array, '[{"a": "x', "f, line 1: the file is cut off inside a value"),
        (in_array, "", "f, line 1: expected an array"),
        (in_array, "{}", "expected an array"),
        (in_array, "[1,\n\n}", "f, line 3: malformed JSON, expected a value"),
        (in_array, "[1 2]", "malformed JSON, expected ',' or ']'"),
        (in_array, "[1] x", "more follows after its end"),
        (in_array, b"[1\0]", "a NUL byte"),
        (in_array, "[" * 66 + "]" * 66, "nested deeper than 64"),
        (in_object, "[]", "expected an object"),
        (in_object, '{"a": [1}', "malformed JSON, expected ',' or ']'"),
        (in_object, "{a: 1}", "malformed JSON, expected a key"),
        (in_object, '{"\\x": 1}', "malformed JSON, expected a key"),
        (in_object, '{"a" 1}', "malformed JSON, expected ':'"),
    ],
)
def test_bad_json_is_named_with_its_line(take, text, message):
    with pytest.raises(RemidError) as error:
        found(take, text)
    assert message in str(error.value)


def test_one_long_value_is_refused_but_many_short_ones_are_not(monkeypatch):
    monkeypatch.setattr(files, "MAX_LINE", 200_000)
    assert len(found(in_array, json.dumps(["x" * 1000] * 1000))) == 1000
    with pytest.raises(RemidError, match="one value is longer than 200,000 bytes"):
        found(in_array, json.dumps(["x" * 400_000]))


@pytest.mark.parametrize(
    ("data", "value"),
    [(b'"\\ud83d"', "\ud83d"), (b'"\\ud83d\\ude00"', "😀"), (b"Infinity", float("inf"))],
)
def test_what_javascript_and_python_write_is_let_through(data, value):
    assert decoded(data) == value


@pytest.mark.parametrize("data", [b"{", b"'a'", b'"\xff"', b"[" * 100_000, b'"a\nb"', b"\0"])
def test_what_is_no_json_is_a_value_error(data):
    with pytest.raises(ValueError, match="^.+$"):
        decoded(data)
