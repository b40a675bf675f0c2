"""A small process that ends what a command leaves behind, and the command with what started it.

    python supervisor.py COMMAND_PID TAG [STARTER_PID STARTER_BORN]

Run as a file of its own: it imports nothing of the project, so it takes a tenth of a second to
start, some 15 MB, and no part in what the command does.
"""

import os
import signal
import subprocess
import sys
import time
import uuid

import psutil

TAG = "REMID_RUN"
"""Environment variable with the tags of all commands that a process was started under."""
STARTERS = ("DVC_STAGE", "PREFECT__FLOW_RUN_ID")
"""Set by what starts a command that has no use without it. A shell sets neither: a command may
well outlive the terminal that it was typed into."""
LOOK, COMMAND_GRACE, GRACE = 0.5, 6.0, 3.0
"""Seconds between two looks, and until a command and its children are killed that were asked to end."""


def start() -> "subprocess.Popen[bytes]":
    """Watch over this process; its children inherit the tag by which they are found."""
    tag = uuid.uuid4().hex[:16]
    os.environ[TAG] = " ".join(filter(None, (os.environ.get(TAG, ""), tag)))
    starter = starter_of(psutil.Process())
    named = [str(starter.pid), repr(starter.create_time())] if starter else []
    return subprocess.Popen(
        [sys.executable, "-I", __file__, str(os.getpid()), tag, *named],
        # A session of its own: what a terminal sends to the command must not end it first.
        start_new_session=True,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # a pipe's reader would wait for this process too
        stderr=subprocess.DEVNULL,
    )


def starter_of(process: psutil.Process) -> psutil.Process | None:
    """Find DVC, or Prefect's worker: the first ancestor that lacks the variable it sets."""
    for name in STARTERS:
        if name in os.environ:
            for ancestor in process.parents():
                try:
                    # Shells between carry the variable on.
                    if name not in ancestor.environ():
                        return ancestor
                except psutil.Error:
                    return None
    return None


def supervise(parent: int, tag: str, starter: tuple[int, float] | None) -> None:
    """Wait for the end of `parent`, then end every process that carries the tag."""
    while os.getppid() == parent:
        if starter and not alive(*starter):
            # Asked first: what it finished is then kept, and it says one sentence.
            tell(parent, signal.SIGTERM)
            wait_for_end(parent)
            tell(parent, signal.SIGKILL)
            starter = None
        time.sleep(LOOK)
    end(tagged(tag))


def alive(pid: int, born: float) -> bool:
    """Whether a process runs, and is no other that has taken over its id."""
    try:
        process = psutil.Process(pid)
        dead = process.status() == psutil.STATUS_ZOMBIE
        return bool(process.create_time() == born and not dead)
    except psutil.NoSuchProcess:
        return False


def tell(parent: int, number: int) -> None:
    """Send a signal to the command, if it is still there."""
    if os.getppid() == parent:
        os.kill(parent, number)


def wait_for_end(parent: int) -> None:
    """Give the command its time."""
    limit = time.monotonic() + COMMAND_GRACE
    while os.getppid() == parent and time.monotonic() < limit:
        time.sleep(LOOK / 5)


def tagged(tag: str) -> list[psutil.Process]:
    """Find the processes that carry the tag, this one apart."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and tag in process.environ().get(TAG, "").split():
                found.append(process)
        except psutil.Error:  # another user's, or gone
            continue
    return found


def end(processes: list[psutil.Process]) -> None:
    """Ask processes to end, and kill those that do not."""
    for process in processes:
        try:
            process.terminate()
        except psutil.Error:
            continue
    for process in psutil.wait_procs(processes, timeout=GRACE)[1]:
        try:
            process.kill()
        except psutil.Error:
            continue


if __name__ == "__main__":
    command, own_tag, *rest = sys.argv[1:]
    supervise(int(command), own_tag, (int(rest[0]), float(rest[1])) if rest else None)
