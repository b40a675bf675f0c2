"""Whatever a writer is killed between, the old or the new is there, whole."""

import itertools
import os
import shutil
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from remid.domain.errors import RemidError
from remid.store import whole

OLD, NEW = {"a": "old", "sub/b": "old"}, {"a": "new", "sub/c": "new"}
CALLS = ("mkdir", "rename", "replace", "fsync", "open", "close", "unlink", "rmdir", "scandir")
"""What the writer asks of the system, some of it by way of shutil and pathlib."""


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Do `work` in a child that is killed at its `step`-th call; whether it came to that."""
    child = os.fork()
    if child == 0:
        calls = itertools.count()

        def counted(real: Callable[..., object]) -> Callable[..., object]:
            def call(*arguments: object, **named: object) -> object:
                if next(calls) == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*arguments, **named)

            return call

        for name in CALLS:
            setattr(os, name, counted(getattr(os, name)))
        try:
            work()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def fill(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def content(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): file.read_text()
        for file in folder.rglob("*")
        if file.is_file()
    }


def put(target: Path, files: dict[str, str]) -> None:
    with whole.replacing_folder(target) as part:
        fill(part, files)


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "folder"
    for files in (OLD, NEW):
        put(target, files)
        assert content(target) == files
        assert os.listdir(target.parent) == ["folder"]


def test_a_folder_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    put(tmp_path / "folder", NEW)
    assert (tmp_path / "folder").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_block_that_fails_leaves_the_old_folder(
    tmp_path: Path, error: type[BaseException]
) -> None:
    target = tmp_path / "folder"
    put(target, OLD)
    with pytest.raises(error), whole.replacing_folder(target) as part:
        fill(part, NEW)
        raise error
    assert content(target) == OLD
    assert os.listdir(tmp_path) == ["folder"]


@pytest.mark.parametrize("before", [None, OLD])
def test_killed_between_any_two_steps_of_a_folder(
    tmp_path: Path, before: dict[str, str] | None
) -> None:
    states, step, killed = [], 0, True
    while killed:
        root = tmp_path / str(step)
        target = root / "folder"
        if before:
            put(target, before)
        killed = killed_at(step, lambda target=target: put(target, NEW))
        # What the next writer finds, before it writes anything of its own.
        whole.tidy(target)
        found = content(target) if target.exists() else None
        assert found in (before, NEW), f"killed at call {step}"
        states.append(found)
        put(target, OLD)
        assert content(target) == OLD
        assert os.listdir(root) == ["folder"], "what the killed writer left is gone"
        step += 1
    assert states[0] == before and states[-1] == NEW
    assert states == sorted(states, key=lambda state: state == NEW), "old, then new, never back"
    assert step > 15


def test_killed_between_any_two_steps_of_a_file(tmp_path: Path) -> None:
    states, step, killed = [], 0, True
    while killed:
        path = tmp_path / str(step) / "file"
        whole.write(path, "old")
        killed = killed_at(step, lambda path=path: whole.write(path, "new"))
        states.append(path.read_text())
        step += 1
    assert set(states) == {"old", "new"} and states[-1] == "new"
    assert states == sorted(states, reverse=True), "old, then new, never back"


def test_a_real_kill_in_the_middle(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    put(target, OLD)
    child = os.fork()
    if child == 0:
        with whole.replacing_folder(target) as part:
            fill(part, NEW)
            os.kill(os.getpid(), signal.SIGKILL)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert content(target) == OLD
    assert len(os.listdir(tmp_path)) == 2
    whole.tidy(target)
    assert os.listdir(tmp_path) == ["folder"]


def test_a_rename_that_is_refused_puts_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, real = tmp_path / "folder", os.rename
    put(target, OLD)

    def rename(source: Path, to: Path) -> None:
        if str(source).endswith(".part"):
            raise OSError(30, "Read-only file system")
        real(source, to)

    monkeypatch.setattr(os, "rename", rename)
    with pytest.raises(RemidError, match=r"folder: cannot be written \(Read-only file system\)"):
        put(target, NEW)
    assert content(target) == OLD
    assert os.listdir(tmp_path) == ["folder"]


def test_two_writers_at_once_do_not_meet(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    put(target, OLD)
    failed: list[BaseException] = []

    def repeat(letter: str) -> None:
        try:
            for _ in range(20):
                put(target, {name: letter for name in ("a", "b", "c")})
        except BaseException as error:
            failed.append(error)

    writers = [threading.Thread(target=repeat, args=(letter,)) for letter in "xyz"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not failed
    assert content(target) in [dict.fromkeys("abc", letter) for letter in "xyz"]
    assert os.listdir(tmp_path) == ["folder"]


def test_a_folder_that_is_being_filled_is_not_swept_away(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    with whole.replacing_folder(target) as part:
        fill(part, NEW)
        put(target, OLD)
        assert content(part) == NEW
    assert content(target) == NEW


def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    fill(tmp_path / "elsewhere", OLD)
    (tmp_path / "folder").symlink_to(tmp_path / "elsewhere")
    put(tmp_path / "folder", NEW)
    assert content(tmp_path / "folder") == NEW
    assert content(tmp_path / "elsewhere") == OLD
    assert sorted(os.listdir(tmp_path)) == ["elsewhere", "folder"]


def test_everything_is_synced_before_it_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    real_sync, real_rename = whole.sync, os.rename

    def sync(path: Path) -> None:
        events.append(f"sync {path.name}")
        real_sync(path)

    def rename(source: Path, to: Path) -> None:
        events.append(f"rename to {to.name}")
        real_rename(source, to)

    monkeypatch.setattr(whole, "sync", sync)
    monkeypatch.setattr(os, "rename", rename)
    put(tmp_path / "folder", {"a": "new", "sub/c": "new"})
    part = events[3].removeprefix("sync ")
    assert events == [
        *("sync a", "sync sub", "sync c", f"sync {part}"),
        *("rename to folder", f"sync {tmp_path.name}"),
    ]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RemidError, match=r"below: cannot be written .*choose a place with room"):
        put(tmp_path / "file" / "below", NEW)
    with pytest.raises(RemidError, match=r"below: cannot be written .*choose a place with room"):
        whole.write(tmp_path / "file" / "below", "new")


def test_replacing_leaves_the_old_file_when_the_block_fails(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("old")
    with pytest.raises(ValueError), whole.replacing(path) as file:
        file.write(b"half")
        raise ValueError
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["f"]


def test_text_and_bytes_are_written_into_a_folder_that_is_made(tmp_path: Path) -> None:
    whole.write(tmp_path / "deep" / "text", "ä")
    whole.write(tmp_path / "deep" / "bytes", b"\xff")
    assert (tmp_path / "deep" / "text").read_bytes() == "ä".encode()
    assert (tmp_path / "deep" / "bytes").read_bytes() == b"\xff"


def test_json_for_people_to_read() -> None:
    assert whole.indented({"a": [1]}) == '{\n  "a": [\n    1\n  ]\n}'


def test_shutil_is_not_asked_to_follow_the_old_name(tmp_path: Path) -> None:
    """The old folder is removed only where it stepped aside, so a half-removed one has no name."""
    target, removed = tmp_path / "folder", []
    put(target, OLD)
    with pytest.MonkeyPatch.context() as patch:
        real = shutil.rmtree
        patch.setattr(
            shutil,
            "rmtree",
            lambda path, **named: (removed.append(Path(path).name), real(path, **named)),
        )
        put(target, NEW)
    assert "folder" not in removed
