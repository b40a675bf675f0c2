"""One row of a reply file, there and back."""

from pathlib import Path

import pytest

from remid.domain.errors import RemidError
from remid.replies.reply_file import Reply, cut_count, encoded, read_rows


def test_a_row_comes_back_as_it_was_and_empty_fields_are_left_out(tmp_path: Path) -> None:
    rows = [
        Reply("a", "hi", tokens=2),
        Reply("b", "yes", finished=False, thought="hm", marker="<e>"),
    ]
    assert encoded(rows[0]) == b'{"id":"a","reply":"hi","tokens":2,"finished":true}\n'
    (tmp_path / "f").write_bytes(b"\xef\xbb\xbf" + b"\n".join(map(encoded, rows)))
    assert read_rows(tmp_path / "f") == rows


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"id": "a", "reply": "x"}\n{"id": "a", "reply": "y"}', "line 2: dialogue 'a' has two"),
        ('{"id": "a"}', "line 1: .*missing required field `reply`"),
        ('{"id": "a", "reply": 3}', "line 1: Expected `str`, got `int`"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "f").write_text(text)
    with pytest.raises(RemidError, match=told):
        read_rows(tmp_path / "f")


def test_what_was_cut_is_counted_by_kind() -> None:
    rows = [
        Reply("a", "x", thought="t"),
        Reply("b", "y", thought="u", marker="<e>"),
        Reply("c", "z"),
    ]
    assert cut_count(rows) == {"thoughts": 2, "<e>": 1}
