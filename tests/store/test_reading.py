"""Files of earlier stages, whole and damaged."""

from pathlib import Path

import pytest

from remid.domain.errors import RemidError
from remid.store.reading import first_line, read_object, read_rows, readable


def test_what_is_whole_is_read(tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    file.write_text('{"a": [1, null]}')
    assert read_object(file, "mend it") == {"a": [1, None]}
    file.write_text('{"id": "a", "n": 1}\n{"id": "b", "n": 2, "more": []}\n')
    assert [row["n"] for row in read_rows(file, "mend it", {"id": str, "n": int})] == [1, 2]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"3", b"\xff\xfe{}", b"[" * 100_000])
def test_what_is_not_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "f.json"
    file.write_bytes(content)
    with pytest.raises(RemidError) as caught:
        read_object(file, "run the stage again")
    told = str(caught.value)
    assert told.startswith(f"{file}: is damaged (") and told.endswith("); run the stage again.")
    assert "\n" not in told and len(told) < len(str(file)) + 220


def test_a_row_is_named_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "f.jsonl"
    for bad in ('{"id": 3}', "{}", '{"id": "b"', "[]"):
        file.write_text(f'{{"id": "a"}}\n{bad}\n')
        with pytest.raises(RemidError, match=r"f\.jsonl, line 2: is damaged .*; mend it\."):
            read_rows(file, "mend it", {"id": str})


def test_what_is_absent_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(RemidError, match="absent: no such file; make it"):
        read_object(tmp_path / "absent", "make it")
    with pytest.raises(RemidError, match=r"cannot be read \(Is a directory\); make it"):
        read_object(tmp_path, "make it")


def test_a_sentence_of_ours_goes_through(tmp_path: Path) -> None:
    with pytest.raises(RemidError, match=r"^inner$"), readable(tmp_path, "mend it"):
        raise RemidError("inner")


def test_a_long_message_is_cut() -> None:
    assert first_line("a\n  b") == "a b"
    assert len(first_line("x" * 900)) == 160
    assert first_line(KeyError()) == "KeyError"
