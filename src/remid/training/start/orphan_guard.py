"""Workers that do not outlive the process that asked for them."""

import os
import select
import threading

PARENT_PIPE = "REMID_PARENT_PIPE"
"""Set where standard input is a pipe that the asking process alone holds open."""


def hold() -> None:
    """End this process as soon as the asking one is gone, even killed outright.

    An orphan would go on writing into the folder in which the next run trains.
    """
    if PARENT_PIPE in os.environ:
        threading.Thread(target=_wait, args=(os.getppid(),), daemon=True).start()


def _wait(parent: int) -> None:
    # The pipe tells of the asking process; the launcher between, killed outright, has no pipe, but
    # an orphan has another parent.
    while os.getppid() == parent:
        # Not sys.stdin: its lock, held by this thread, is fatal when the interpreter shuts down.
        if select.select([0], [], [], 1.0)[0] and not os.read(0, 1):
            break
    os._exit(1)
