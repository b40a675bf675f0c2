"""What an error that no room foresaw says."""

import errno
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import torch
from safetensors import SafetensorError

from remid import failures
from remid.cli import guarded
from remid.domain.errors import RemidError


def raising(error: BaseException) -> Callable[[], None]:
    def command() -> None:
        raise error

    return command


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, "No space left", "a/b"), "a/b: No space left; free some space"),
        (OSError(errno.EFBIG, "File too large"), "File too large; free some space or raise the li"),
        (PermissionError(errno.EACCES, "denied", "a/b"), "a/b: denied; give yourself the right"),
        (OSError(errno.EROFS, "Read-only file system", "m"), "m: Read-only file system; give"),
        (FileNotFoundError(errno.ENOENT, "No such file", "a"), "a: No such file; see that it is"),
        (sqlite3.OperationalError("database is locked"), "cannot be used (database is locked)"),
        (
            json.JSONDecodeError("Expecting value", "x", 0),
            "a file is not the JSON that it should be",
        ),
        (msgspec.DecodeError("truncated"), "a file is not the JSON that it should be (truncated)"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), "a file is cut short or damaged"),
        (SafetensorError("HeaderTooLarge"), "a file is cut short or damaged (HeaderTooLarge)"),
        (MemoryError(), "memory ran out; lower model.token_budget"),
        (torch.OutOfMemoryError("CUDA out of memory"), "memory ran out; lower model.token_budget"),
        (RuntimeError("can't allocate memory: you tried"), "memory ran out; lower model.token_"),
    ],
)
def test_families_of_errors_are_sentences(
    error: Exception, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded("show", raising(error)) == 2
    said = capsys.readouterr().err
    assert said.startswith("remid show: ") and told in said
    assert said.count("\n") == 1 and said.endswith(".\n")
    assert not failures.FOLDER.exists()


def test_the_cause_counts_where_a_library_wrapped_it(capsys: pytest.CaptureFixture[str]) -> None:
    error = RuntimeError("could not save")
    error.__cause__ = OSError(errno.ENOSPC, "No space left on device", "x.bin")
    assert guarded("train", raising(error)) == 2
    assert "x.bin: No space left on device; free some" in capsys.readouterr().err


def test_an_unknown_error_is_one_line_and_a_saved_traceback(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded("report", raising(ZeroDivisionError("division\nby zero"))) == 1
    said = capsys.readouterr().err
    (file,) = (here / failures.FOLDER).iterdir()
    assert said == (
        "remid report: a fault of remid's own, ZeroDivisionError: division ... by zero; its "
        f"traceback is in {failures.FOLDER / file.name}: report it.\n"
    )
    text = file.read_text()
    assert text.startswith("Traceback") and "raise error" in text


def test_where_no_folder_takes_the_traceback_it_says_so(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "file").write_text("")
    monkeypatch.setattr(failures, "FOLDER", here / "file")
    monkeypatch.setattr(failures.tempfile, "gettempdir", lambda: str(here / "file"))
    assert guarded("x", raising(ZeroDivisionError())) == 1
    assert "no message; its traceback could be saved nowhere" in capsys.readouterr().err


def test_a_users_mistake_stays_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded("x", raising(RemidError("mend this."))) == 2
    assert capsys.readouterr().err == "remid x: mend this.\n"
    assert guarded("x", lambda: None) == 0
    assert guarded("x", raising(KeyboardInterrupt())) == 130


def test_a_reader_that_has_gone_is_left_to_the_entry() -> None:
    with pytest.raises(BrokenPipeError):
        guarded("x", raising(BrokenPipeError(errno.EPIPE, "Broken pipe")))
