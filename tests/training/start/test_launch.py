"""Workers behind DeepSpeed's launcher, and what becomes of them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import psutil
import pytest
from plain_job import JOB

from remid.training.job import Engine

ASK = """
import sys, msgspec
from pathlib import Path
from remid.training.job import Job
from remid.training.start.launch import launch
launch(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Job), "sleeping_worker")
"""


def until(done: Callable[[], bool], *, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.slow
def test_no_worker_outlives_a_process_that_is_killed(tmp_path: Path) -> None:
    """Only the asking process is killed: the launcher and both ranks are left to themselves."""
    engine = Engine(ranks=2, stage=2)
    job = replace(JOB, output=str(tmp_path / "work"), engine=engine)
    (tmp_path / "asked.json").write_bytes(msgspec.json.encode(job))
    here = str(Path(__file__).parents[2] / "support")
    asking = subprocess.Popen(
        [sys.executable, "-c", ASK, str(tmp_path / "asked.json")],
        env=dict(os.environ, PYTHONPATH=here),
        start_new_session=True,
    )
    files = [tmp_path / "work" / f"pid_{rank}" for rank in (0, 1)]
    try:
        assert until(lambda: all(f.exists() and f.read_text() for f in files), seconds=300)
        below = psutil.Process(asking.pid).children(recursive=True)
        assert {int(file.read_text()) for file in files} <= {process.pid for process in below}
        os.kill(asking.pid, signal.SIGKILL)
        asking.wait()
        workers = [
            process for process in below if process.pid in map(int, map(Path.read_text, files))
        ]
        assert not psutil.wait_procs(workers, timeout=10)[1]
        assert not psutil.wait_procs(below, timeout=60)[1]  # the launcher looks once a second
    finally:
        if asking.poll() is None:
            os.killpg(asking.pid, signal.SIGKILL)
