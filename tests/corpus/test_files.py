import os
from pathlib import Path

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


def test_replacing_leaves_the_old_file_when_the_block_fails(tmp_path):
    path = tmp_path / "f"
    path.write_text("old")
    with pytest.raises(ValueError), files.replacing(path) as file:
        file.write(b"half")
        raise ValueError
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["f"]


def test_replacing_makes_the_folder(tmp_path):
    path = tmp_path / "deep" / "f"
    with files.replacing(path) as file:
        file.write(b"new")
    assert path.read_text() == "new"


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(RemidError, match="cannot be written"),
        files.replacing(Path(tmp_path / "file" / "below")),
    ):
        pass
