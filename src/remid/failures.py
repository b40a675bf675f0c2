"""What an error that no room foresaw says to whoever runs a command. Imports nothing heavy."""

import errno
import json
import os
import sqlite3
import sys
import tempfile
import time
import traceback
from pathlib import Path

FOLDER = Path(".cache", "failures")
"""Tracebacks of faults of our own, in the project's folder."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""A disk, a quota or a limit of a file's size (`ulimit -f`) that is used up."""
REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)
AGAIN = "then run the same command again"


def sentence(error: BaseException) -> str:
    """Say what went wrong and what to do, for the families of errors that a machine causes.

    Returns
    -------
    str
        Empty for an error that is a fault of ours.
    """
    # Libraries wrap what the system said: the cause may be any number of steps back.
    seen: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in seen:
        seen.append(link)
        if told := _of_one(link):
            return told
        link = link.__cause__ or link.__context__
    return ""


def save(command: str, error: BaseException) -> Path | None:
    """Write the traceback to a file of its own; None where no place takes it."""
    text = "".join(traceback.format_exception(error))
    name = f"{command}-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    # Not through store.whole: what failed may be the very writing of files.
    for folder in (FOLDER, Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue
        return folder / name
    return None


def unforeseen(command: str, error: BaseException) -> str:
    """Return the one line on a fault of ours, its traceback saved."""
    file = save(command, error)
    where = f"its traceback is in {file}" if file else "its traceback could be saved nowhere"
    # Of several lines the last says what happened: those of a training's log come before it.
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or ["no message"]
    told = lines[0] if len(lines) == 1 else f"{lines[0][:150]} ... {lines[-1]}"
    return f"a fault of remid's own, {type(error).__name__}: {told[:300]}; {where}: report it."


def _of_one(error: BaseException) -> str:
    told = " ".join(str(error).split())[:200]
    if isinstance(error, OSError):
        return _of_system(error)
    if isinstance(error, sqlite3.Error):
        return (
            f"a SQLite file cannot be used ({told}); see that the disk has room and that no other run "
            f"holds .cache/ or mlflow.db, {AGAIN}."
        )
    if _is(error, MemoryError, "torch", "OutOfMemoryError") or "allocate memory" in told:
        return f"memory ran out; lower model.token_budget or close what else runs, {AGAIN}."
    if _is(error, json.JSONDecodeError, "msgspec", "MsgspecError"):
        return (
            f"a file is not the JSON that it should be ({told}); run the stage that wrote it again."
        )
    if _is(error, UnicodeDecodeError, "safetensors", "SafetensorError"):
        return f"a file is cut short or damaged ({told}); run the stage that wrote it again."
    if _is(error, RecursionError, "pyarrow", "ArrowInvalid"):
        return (
            f"a file is damaged or nested too deeply ({told}); run the stage that wrote it again."
        )
    return ""


def _of_system(error: OSError) -> str:
    file = error.filename2 or error.filename
    told = error.strerror or " ".join(str(error).split())[:200]
    what = f"{file}: {told}" if file else told
    if error.errno in FULL:
        return f"{what}; free some space or raise the limit, {AGAIN}."
    if error.errno in REFUSED:
        return f"{what}; give yourself the right to this place, {AGAIN}."
    # Without a number it is a library's own error, of a file's content or of the network.
    return f"{what}; see that it is there and whole, {AGAIN}." if file or told else ""


def _is(error: BaseException, kind: type[BaseException], package: str, name: str) -> bool:
    """Whether it is of a kind, or of a package's, which is not imported for the question."""
    theirs = getattr(sys.modules.get(package), name, ())
    return isinstance(error, (kind, *((theirs,) if theirs else ())))
