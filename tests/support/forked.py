"""Trainings forked from a process that has the libraries in memory: they start in no time.

What is launched, and how it is followed, is the project's own code; DeepSpeed's launcher alone is
stood in for. It is tested in test_launch.py and by the pipeline's test.
"""

import base64
import json
import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from types import SimpleNamespace
from typing import Any

from remid.environment import of_training

PRELOADED = ["remid.pipeline.coevolve", "remid.coevolve.grpo_worker", "remid.training.sft_worker"]


def start(work: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Run `work` in a process of its own, the leader of its own group."""
    os.environ.update(of_training(ranks=1, device="cpu"), OMP_NUM_THREADS="1")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    process = context.Process(target=_alone, args=(work, arguments))
    process.start()
    return process


def _alone(work: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    os.setsid()
    import torch
    from tqdm import tqdm

    from remid.training.start import launch

    tqdm.monitor_interval = 0  # its thread would not survive a fork
    torch.set_num_threads(1)
    launch.subprocess = SimpleNamespace(  # type: ignore[attr-defined]
        Popen=Forked, PIPE=subprocess.PIPE, STDOUT=subprocess.STDOUT
    )
    work(*arguments)


class Forked:
    """Takes a command for DeepSpeed's launcher, and forks the ranks itself."""

    def __init__(self, command: list[str], *, env: dict[str, str], **_: Any) -> None:
        world = next(a.split("=", 1)[1] for a in command if a.startswith("--world_info="))
        ranks = len(json.loads(base64.urlsafe_b64decode(world))["localhost"])
        port = command[command.index("--master_port") + 1]
        module, file = command[-2:]
        alive, self.stdin = _pipe("wb")
        told, tell = os.pipe()
        self.status: int | None = None
        self.children = []
        for rank in range(ranks):
            child = os.fork()
            if child == 0:
                os.dup2(alive, 0)
                os.dup2(tell, 1)
                os.dup2(tell, 2)
                os.close(self.stdin.fileno())
                place = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": ranks, "LOCAL_SIZE": ranks}
                os.environ.update(env, MASTER_ADDR="127.0.0.1", MASTER_PORT=port)
                os.environ.update({key: str(value) for key, value in place.items()})
                os._exit(_run(module, file))
            self.children.append(child)
        os.close(alive)
        os.close(tell)
        self.stdout = os.fdopen(told, encoding="utf-8", errors="replace")

    def wait(self) -> int:
        if self.status is None:
            ended = [os.waitpid(child, 0)[1] for child in self.children]
            self.status = max(os.waitstatus_to_exitcode(status) for status in ended)
        return self.status

    def poll(self) -> int | None:
        return self.status

    def terminate(self) -> None:
        for child in self.children:
            os.kill(child, 15)


def _pipe(mode: str) -> tuple[int, Any]:
    read, write = os.pipe()
    return read, os.fdopen(write, mode)


def _run(module: str, file: str) -> int:
    sys.argv = [module, file]
    sys.stdout = open(1, "w", buffering=1, closefd=False)
    sys.stderr = open(2, "w", buffering=1, closefd=False)
    import torch

    # A fork leaves torch's thread pool to be made anew by whoever asks first. Two threads that read
    # weights in another number format would ask at once, and one of them finds none.
    torch.set_num_threads(1)
    try:
        runpy.run_module(module, run_name="__main__")
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:
        import traceback

        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
    return 0
