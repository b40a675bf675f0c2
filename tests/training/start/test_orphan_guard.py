"""A worker ends with the process that asked for it."""

import os
import subprocess
import sys

from remid.training.start.orphan_guard import PARENT_PIPE

CODE = (
    "import sys, time; from remid.training.start.orphan_guard import hold; hold();"
    "print('up', flush=True); time.sleep(float(sys.argv[1]))"
)


def started(seconds: float, **environment: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, str(seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def test_the_end_of_the_pipe_is_the_end_of_the_worker() -> None:
    process = started(60, **{PARENT_PIPE: "stdin"})
    assert process.poll() is None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=10) == 1


def test_without_a_parent_that_asks_nothing_is_watched() -> None:
    process = started(0.2)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=10) == 0
