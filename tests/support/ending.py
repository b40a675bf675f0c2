"""Processes that a test starts, interrupts, and looks for afterwards."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

COMMAND = """
import subprocess, sys, time
from remid.guard import alone, guarded

def work():
    # A child that will not hear, as a library's server or a training may be.
    child = "import signal, time; [signal.signal(s, signal.SIG_IGN) for s in (2, 15)]; time.sleep(600)"
    below = subprocess.Popen([sys.executable, "-c", child], stderr=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, start_new_session=True)
    print(below.pid, flush=True)
    STUCK
    while True:
        time.sleep(1)

sys.exit(alone("work", lambda: guarded("work", work)))
"""
DEAF = """
    while True:
        try:
            time.sleep(600)
        except KeyboardInterrupt:
            pass  # as what asks a dead server again and again
"""


def command(*, deaf: bool = False) -> str:
    """Return a program that waits with a child, perhaps one that swallows its interruption."""
    return COMMAND.replace("    STUCK\n", DEAF if deaf else "")


def started(program: str, **environment: str) -> tuple["subprocess.Popen[str]", psutil.Process]:
    """Start it; returns it and its child."""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        start_new_session=True,
    )
    assert process.stdout is not None
    return process, psutil.Process(int(process.stdout.readline()))


def until(done: Callable[[], bool], *, seconds: float, every: float = 0.05) -> bool:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


def left(processes: list[psutil.Process], *, seconds: float) -> list[psutil.Process]:
    """Those that still run after so long; what is dead and not yet buried has ended."""

    def running() -> list[psutil.Process]:
        found = []
        for process in processes:
            try:
                if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    until(lambda: not running(), seconds=seconds)
    return running()


def carrying(name: str, value: str) -> list[psutil.Process]:
    """Every process that was started with this in its environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(name) == value:
                found.append(process)
        except psutil.Error:
            continue
    return found


def listening(processes: list[psutil.Process]) -> set[str]:
    """Addresses on which any of the processes listens, for TCP or UDP."""
    places = set()
    for process in processes:
        try:
            for socket in process.net_connections(kind="inet"):
                if socket.status == psutil.CONN_LISTEN or (socket.type == 2 and not socket.raddr):
                    places.add(socket.laddr.ip)
        except psutil.Error:
            continue
    return places


ROOT = Path(__file__).parents[2]
