"""Workers that do not outlive the process that asked for them."""

import os
import threading

PARENT_PIPE = "REMID_PARENT_PIPE"
"""Set where standard input is a pipe that the asking process alone holds open."""


def hold() -> None:
    """End this process as soon as the asking one is gone, even killed outright.

    An orphan would go on writing into the folder in which the next run trains.
    """
    if PARENT_PIPE in os.environ:
        threading.Thread(target=_wait, daemon=True).start()


def _wait() -> None:
    # Not sys.stdin: its lock, held by this thread, is fatal when the interpreter shuts down.
    while os.read(0, 1):
        pass
    os._exit(1)
