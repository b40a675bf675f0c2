"""How the C library's allocator treats what a forward pass frees."""

import ctypes
import gc
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT = 1 << 30


def keep_freed_memory() -> None:
    """Keep freed blocks in the process instead of handing them back to the system.

    Activations of a few MB are mapped anew at every layer otherwise, and a CPU spends its time on
    page faults. Does nothing where the C library is not glibc.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        # mallopt(3): blocks over the mmap threshold (128 KiB at first) are mapped and unmapped one
        # by one; others come from the heap, whose end is trimmed beyond the other threshold.
        mallopt(M_MMAP_THRESHOLD, KEPT)
        mallopt(M_TRIM_THRESHOLD, KEPT)


def give_back() -> None:
    """Hand what was freed back to the system, before another process needs it.

    Undoes what :func:`keep_freed_memory` has kept so far; does nothing without glibc.
    """
    gc.collect()  # models hold cycles
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
