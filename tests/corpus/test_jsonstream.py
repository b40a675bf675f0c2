import json

import pytest

from remid.corpus import jsonstream
from remid.corpus.jsonstream import first_keys, records
from remid.domain.errors import RemidError


def put(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_records_of_an_array_come_with_their_lines(tmp_path):
    path = put(tmp_path / "f", '[\n{"a": [1, 2.5, null, true]},\n\n"b", [],\n{}]\n')
    found = [(r.index, r.line, r.value) for r in records(path, keyed=False)]
    assert found == [(0, 2, {"a": [1, 2.5, None, True]}), (1, 4, "b"), (2, 4, []), (3, 5, {})]


def test_the_records_of_an_object_of_arrays_come_with_their_keys(tmp_path):
    path = put(tmp_path / "f", '{"x": [{"k": {"x": []}}, 1],\n "empty": [], "y": ["z"]}')
    found = [(r.key, r.index, r.value, r.where) for r in records(path, keyed=True)]
    assert found == [
        ("x", 0, {"k": {"x": []}}, "line 1, x[0]"),
        ("x", 1, 1, "line 1, x[1]"),
        ("y", 0, "z", "line 2, y[0]"),
    ]


@pytest.mark.parametrize(
    ("text", "keyed", "message"),
    [
        ("[1,\n2", False, "line 2: malformed JSON, or it ends too early"),
        ("", False, "ends too early"),
        ("[1,\n\n}", False, "line 3: malformed JSON"),
        (b'["\xff"]', False, "malformed JSON"),
        (b"[1\0]", False, "malformed JSON"),
        ("{}", False, "expected an array, found another structure"),
        ("[]", True, "expected an object of arrays, found another structure"),
        ('{"a": {}}', True, "expected an object of arrays, found another structure"),
        ('{"a":\n1}', True, "line 2: expected an object of arrays, found a bare value"),
        ("3", False, "expected an array, found a bare value"),
        ("[" * 66 + "]" * 66, False, "nested deeper than 64"),
        ("[1] x", False, "malformed JSON"),
    ],
)
def test_bad_json_is_named_with_its_line(tmp_path, text, keyed, message):
    path = put(tmp_path / "f", text)
    with pytest.raises(RemidError, match=message) as error:
        list(records(path, keyed=keyed))
    assert str(path) in str(error.value)


def test_one_long_value_is_refused_but_many_short_ones_are_not(tmp_path, monkeypatch):
    monkeypatch.setattr(jsonstream, "MAX_LINE", 200_000)
    short = put(tmp_path / "short", json.dumps(["x" * 1000] * 1000))
    assert sum(1 for _ in records(short, keyed=False)) == 1000
    long = put(tmp_path / "long", json.dumps(["x" * 400_000]))
    with pytest.raises(RemidError, match="one value is longer than 200,000 bytes"):
        list(records(long, keyed=False))


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ('{"a": {"b": 1}, "c": 2}', ["a", "c"]),
        ('[{"a": [{"b": 1}], "c": 2}, {"d": 1}]', ["[]", "a", "c"]),
        ('{"a": 1}\n{"b": 2}', ["a"]),
        ('{"a": "' + "x" * 70_000 + '", "b": 1}', ["a"]),
        ('\ufeff{"a": 1', ["a"]),
        ("nonsense", []),
        ("[1, 2]", ["[]"]),
        ("", []),
    ],
)
def test_first_keys(tmp_path, text, keys):
    assert first_keys(put(tmp_path / "f", text)) == keys
