import pytest

from remid.corpus import files
from remid.domain.errors import RemidError


def test_lines_are_numbered_from_one_and_keep_their_newlines(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"a\r\n\nb")
    assert list(files.lines(path)) == [(1, b"a\r\n"), (2, b"\n"), (3, b"b")]


def test_a_line_over_the_limit_is_refused_by_number(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_LINE", 4)
    path = tmp_path / "f"
    path.write_bytes(b"abc\nabcd\n")
    with pytest.raises(RemidError, match="f, line 2: longer than 4 bytes"):
        list(files.lines(path))


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"a\nb\n")
    reading = files.lines(path)
    assert next(reading) == (1, b"a\n")
    with path.open("ab") as file:
        file.write(b"c\n")
    with pytest.raises(RemidError, match="changed while it was read"):
        list(reading)


@pytest.mark.parametrize("name", ["absent", "."])
def test_what_cannot_be_opened_is_named(tmp_path, name):
    with pytest.raises(RemidError, match="cannot be read"):
        list(files.lines(tmp_path / name))
