"""Run one training through DeepSpeed's launcher and follow it."""

import base64
import json
import logging
import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from remid import environment
from remid.domain.errors import RemidError
from remid.lm.cpu.allocator import give_back
from remid.store.whole import indented, write
from remid.training import checkpoints
from remid.training.job import Job
from remid.training.start.orphan_guard import PARENT_PIPE

MARK = "@remid "
"""Starts a worker's line that carries progress as JSON."""
FAILURE = "failure.txt"
"""A worker's one sentence about a user's mistake, in the job's output folder."""

QUICK_IMPORT = "remid.training.start.quick_import"

logger = logging.getLogger(__name__)
Log = Callable[[str], None]


def launch(job: Job, module: str, *, log: Log | None = None) -> None:
    """Train `job` in a process group of its own, module `module` being the worker.

    The launcher is asked for even with one rank, so that a laptop and a cluster take one path.
    Whatever ends this call, or its process, ends the workers too.

    Raises
    ------
    RemidError
        With the worker's own sentence when the cause is a user's to mend.
    RuntimeError
        With the worker's last lines otherwise.
    """
    # The workers load a model of their own: what this process keeps of its last one is theirs.
    give_back()
    output = Path(job.output)
    output.mkdir(parents=True, exist_ok=True)
    (output / FAILURE).unlink(missing_ok=True)
    file = output / "job.json"
    write(file, indented(job))
    process = subprocess.Popen(
        _command(job, module, file),
        stdin=subprocess.PIPE,  # held open, never written to: its end tells workers of ours
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
        env=_environment(job),
    )
    tail: deque[str] = deque(maxlen=30)
    try:
        _follow(process, job.name, tail, log or logger.info)
        status = process.wait()
    finally:
        assert process.stdin is not None
        # End of file on the pipe: workers that the launcher leaves behind see it and end.
        process.stdin.close()
        if process.poll() is None:
            process.terminate()
            process.wait()
    if (output / FAILURE).exists():
        raise RemidError((output / FAILURE).read_text(encoding="utf-8"))
    if status:
        raise RuntimeError(f"{job.name}: training ended with status {status}\n" + "\n".join(tail))
    for checkpoint in output.glob("checkpoint-*"):
        checkpoints.drop(checkpoint)


def _command(job: Job, module: str, file: Path) -> list[str]:
    start = [sys.executable, "-m", QUICK_IMPORT]
    port = ["--master_port", str(_free_port())]
    worker = ["--module", QUICK_IMPORT, module, str(file)]
    if job.engine.hostfile:
        hosts = ["--hostfile", job.engine.hostfile, "--num_accelerators", str(job.engine.ranks)]
        return [*start, "deepspeed.launcher.runner", *hosts, *port, *worker]
    # What the runner would start on this machine, seconds later.
    here = base64.urlsafe_b64encode(json.dumps({"localhost": [*range(job.engine.ranks)]}).encode())
    place = [f"--world_info={here.decode()}", "--master_addr=127.0.0.1"]
    return [*start, "deepspeed.launcher.launch", *place, *port, *worker]


def _environment(job: Job) -> dict[str, str]:
    variables = environment.of_training(ranks=job.engine.ranks, device=job.engine.device)
    return {**os.environ, **variables, PARENT_PIPE: "stdin"}


def _follow(process: "subprocess.Popen[str]", name: str, tail: deque[str], log: Log) -> None:
    assert process.stdout is not None
    with tqdm(desc=name, unit="step", leave=True, file=sys.stderr) as bar:
        for line in process.stdout:
            # Anything else on standard output is some library's, kept for the error message.
            _, mark, message = line.partition(MARK)
            if not mark:
                tail.append(line.rstrip())
                continue
            step = json.loads(message)
            bar.total = step.pop("total")
            bar.update(step.pop("step") - bar.n)
            bar.set_postfix({key: f"{value:.3g}" for key, value in step.items()})
            log(f"{name}: step {bar.n}/{bar.total} " + _figures(step))


def _figures(step: dict[str, float]) -> str:
    return ", ".join(f"{key} {value:.4g}" for key, value in step.items())


def _free_port() -> int:
    with socket.socket() as probe:
        # Port 0: the system names a free one. Another process may take it before the worker does,
        # which torch then reports; two trainings of one machine do not collide by default.
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
