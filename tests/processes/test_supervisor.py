"""Nothing outlives its parent: a command that is killed, and what started the command."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
from ending import carrying, command, left, started, until

from remid.processes.supervisor import TAG, alive, tagged

STARTER = """
import os, subprocess, sys
# A shell between, as DVC has one.
subprocess.run(["/bin/sh", "-c", f"{sys.executable} -c \\"$PROGRAM\\"; true"],
               env={**os.environ, "DVC_STAGE": "s", "PROGRAM": sys.argv[1]})
"""


def test_a_child_that_hears_nothing_does_not_outlive_a_killed_command() -> None:
    process, child = started(command())
    process.kill()
    process.wait()
    assert not left([child], seconds=20)


def test_a_command_ends_with_the_dvc_that_started_it(tmp_path: Path) -> None:
    """DVC alone is killed; the shell between goes on, and knows nothing."""
    with (tmp_path / "told").open("w") as told:
        dvc = subprocess.Popen(
            [sys.executable, "-c", STARTER, command()],
            stdout=subprocess.DEVNULL,
            stderr=told,
            env={**os.environ, "REMID_TEST": str(tmp_path)},
            start_new_session=True,
        )

    def family() -> list[psutil.Process]:
        return carrying("REMID_TEST", str(tmp_path))

    # DVC, the shell (it may have become the command), the command, its supervisor, its child.
    assert until(
        lambda: len(family()) >= 4 and any(TAG in p.environ() for p in family()), seconds=30
    )
    before = family()
    os.kill(dvc.pid, signal.SIGKILL)
    dvc.wait()
    assert not left(before, seconds=25)
    assert (tmp_path / "told").read_text() == "\nremid work: interrupted; run it again to go on.\n"


def test_what_has_no_starter_outlives_the_shell_that_it_was_typed_into() -> None:
    shell = subprocess.Popen(
        ["/bin/sh", "-c", f'{sys.executable} -c "$PROGRAM" & echo; wait'],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PROGRAM": command()},
    )
    assert shell.stdout is not None
    shell.stdout.readline()
    child = psutil.Process(int(shell.stdout.readline()))
    own = child.parent()
    assert own is not None
    shell.kill()
    shell.wait()
    assert not psutil.wait_procs([own, child], timeout=2)[0]
    own.kill()
    assert not left([child], seconds=20)


def test_a_tag_finds_those_who_carry_it() -> None:
    child = subprocess.Popen(["sleep", "60"], env={**os.environ, TAG: "outer inner"})
    try:
        assert [p.pid for p in tagged("inner")] == [child.pid] == [p.pid for p in tagged("outer")]
        assert tagged("inn") == []
        born = psutil.Process(child.pid).create_time()
        assert alive(child.pid, born)
        assert not alive(child.pid, born - 1)  # another process under the same id
    finally:
        child.kill()
        child.wait()
    assert not alive(child.pid, born)
