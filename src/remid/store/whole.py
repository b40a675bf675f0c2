"""Files and folders that are there whole, old or new, whatever ends the process that writes them.

What is written goes to a name of its own beside its target, is synced to the disk, and takes the
target's place by renaming, which a file system does wholly or not at all.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from remid.domain.errors import RemidError


def indented(value: Any) -> str:
    """Return JSON for people to read, of whatever msgspec can encode."""
    return msgspec.json.format(msgspec.json.encode(value)).decode()


def write(path: Path, content: str | bytes) -> None:
    """Write a file and its folder; the file whole or not at all.

    Raises
    ------
    RemidError
        As `replacing`.
    """
    with replacing(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Write a file beside `path` that takes its place, synced, only if the block ends well.

    Raises
    ------
    RemidError
        When it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with _explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(temporary, "xb") as file:
                yield file
                file.flush()
                # Content on the disk before the name: after a loss of power a name may stand alone.
                os.fsync(file.fileno())
            os.replace(temporary, path)
            sync(path.parent)
    finally:
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def replacing_folder(target: Path) -> Iterator[Path]:
    """Fill the empty folder that is yielded; it takes `target`'s place if the block ends well.

    Two writers at once do not meet: the later one stands in the end. A folder cannot be renamed
    onto one that holds files, so the old one steps aside first; the next writer of `target` puts
    back what a kill between the two renames left aside, and removes what killed writers left.

    Raises
    ------
    RemidError
        When the folder cannot be made, synced or renamed; errors of the block go through.
    """
    with _explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with _locked(target.parent):
            _tidy(target)
            # Beside the target: a rename is atomic within one file system only.
            part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
            part.mkdir()
            alive = _lock(part)  # ends with this process: what nobody holds was abandoned
    try:
        yield part
        with _explained(target):
            sync_tree(part)
            with _locked(target.parent):
                _swap(part, target)
    finally:
        _remove(part)
        os.close(alive)


def tidy(target: Path) -> None:
    """Undo what writers of the folder `target` that were killed left beside it."""
    if target.parent.is_dir():
        with _locked(target.parent):
            _tidy(target)


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Wait until a folder and everything in it is on the disk."""
    for path in sorted(folder.rglob("*")):
        if not path.is_symlink():
            sync(path)
    sync(folder)


def _swap(part: Path, target: Path) -> None:
    aside = _aside(target)
    if os.path.lexists(target):
        _remove(aside)
        os.rename(target, aside)
    try:
        os.rename(part, target)
    except OSError:
        if aside.exists():
            os.rename(aside, target)
        raise
    sync(target.parent)
    _remove(aside)


def _tidy(target: Path) -> None:
    aside = _aside(target)
    if os.path.lexists(target):
        _remove(aside)
    elif aside.exists():
        os.rename(aside, target)
    for part in target.parent.glob(f".{target.name}.*.part"):
        with suppress(OSError):  # somebody still fills it, or has just finished
            handle = _lock(part, wait=False)
            _remove(part)
            os.close(handle)


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")


def _remove(path: Path) -> None:
    if path.is_symlink():  # DVC links an output where it is told to
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = _lock(folder)
    try:
        yield
    finally:
        os.close(handle)


def _lock(folder: Path, *, wait: bool = True) -> int:
    """Open a folder and lock it until what is returned is closed, by this process or its end."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        if not wait:
            os.close(handle)
            raise
        # Network file systems may know no locks of folders: then writers must not meet.
    return handle


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RemidError(
            f"{path}: cannot be written ({error.strerror or error}); choose a place with room that "
            "you may write to."
        ) from error
