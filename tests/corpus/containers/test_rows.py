"""JSON Lines and tables: one bad record spoils no other."""

import io
from pathlib import Path

import pytest

from remid.corpus.containers.rows import delimiter_of, json_lines, table
from remid.domain.errors import RemidError

FILE = Path("f")


def values(text: str, read=json_lines):  # type: ignore[no-untyped-def]
    return [(r.value, r.fault != "") for r in read(FILE, io.BytesIO(text.encode()))]


def test_a_bad_line_is_a_fault_and_the_next_is_read() -> None:
    assert values('{"a": 1}\n\n{"a": }\n{"a": 2}\n') == [
        ({"a": 1}, False),
        (None, True),
        ({"a": 2}, False),
    ]


def test_a_last_line_that_breaks_off_is_an_error() -> None:
    with pytest.raises(RemidError, match="f, line 2: the file is cut off inside this line"):
        values('{"a": 1}\n{"a": "x')


@pytest.mark.parametrize("sign", [",", "\t", ";", "|"])
def test_tables_by_any_delimiter(sign: str) -> None:
    text = sign.join(("id", "text")) + "\n" + sign.join(("1", "hi")) + "\n"
    assert delimiter_of(text.splitlines()[0]) == sign
    assert values(text, table) == [({"id": "1", "text": "hi"}, False)]


def test_cells_hold_json_and_python_literals() -> None:
    text = 'a,b\n"[1, ""x""]","{\'k\': None}"\n'
    assert values(text, table) == [({"a": [1, "x"], "b": {"k": None}}, False)]


def test_a_row_of_another_width_is_a_fault_unless_the_rest_is_empty() -> None:
    assert values("a,b\n1,2,3\n1,2,,\n", table) == [(None, True), ({"a": "1", "b": "2"}, False)]
