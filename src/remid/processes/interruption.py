"""Ctrl-C and SIGTERM: one sentence, and an end within seconds whatever the libraries do."""

import logging
import os
import signal
import sys
import threading
import time
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
GRACE = 5.0
"""Seconds for a command to unwind. Prefect asks a server that the same Ctrl-C ended for minutes."""


class _State:
    number = int(signal.SIGINT)
    """The signal that came first."""
    said = threading.Lock()


def begin(title: str) -> None:
    """Take over both signals in this process; call it in the main thread.

    Parameters
    ----------
    title : the command as its sentence names it.
    """
    read, write = os.pipe()
    os.set_blocking(write, False)
    # Python's handlers run between two steps of the main thread, which may be in a long product
    # of matrices; the C handler writes to this pipe at once.
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    threading.Thread(target=_end_in_time, args=(read, title), daemon=True).start()


def say(title: str) -> int:
    """Print the sentence once; returns the exit status."""
    if _State.said.acquire(blocking=False):
        # What was finished is in the caches and markers, so going on is all that is needed.
        sys.stderr.write(f"\n{title}: interrupted; run it again to go on.\n")
        sys.stderr.flush()
    return 128 + _State.number


def _interrupt(number: int, _: FrameType | None) -> None:
    _State.number = number
    for each in SIGNALS:  # a second one would interrupt the clearing up
        signal.signal(each, signal.SIG_IGN)
    # What libraries log from now on is about their own end: two tracebacks from Prefect.
    logging.disable(logging.CRITICAL)
    raise KeyboardInterrupt


def _end_in_time(read: int, title: str) -> None:
    number = 0
    while number not in SIGNALS:
        number = os.read(read, 1)[0]
    _State.number = number
    time.sleep(GRACE)
    status = say(title)
    # Not sys.exit: threads and exit handlers are what hangs. The supervisor ends the children.
    os._exit(status)
