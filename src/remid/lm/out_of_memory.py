"""Smaller batches where memory runs out."""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")

logger = logging.getLogger(__name__)


class BatchOfOneError(Exception):
    """Memory ran out on a single item; nothing smaller can be tried."""


def in_halves(
    run: Callable[[Sequence[Item]], Result], items: Sequence[Item], *, shrink: Callable[[], None]
) -> list[Result]:
    """Run a batch; where it does not fit into memory, its halves.

    Parameters
    ----------
    shrink : called at each halving, so that the batches to come are smaller at once.

    Raises
    ------
    BatchOfOneError
        When not even one item fits.
    """
    try:
        return [run(items)]
    except RuntimeError as error:
        if not _out_of_memory(error):
            raise
        if len(items) == 1:
            raise BatchOfOneError from None
    # Outside the handler: the error's traceback holds the failed pass's tensors.
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    logger.warning("out of memory with %d sequences at once: halved", len(items))
    # Two halves of the batch that failed, then smaller ones from the start.
    shrink()
    middle = len(items) // 2
    return [
        *in_halves(run, items[:middle], shrink=shrink),
        *in_halves(run, items[middle:], shrink=shrink),
    ]


def _out_of_memory(error: RuntimeError) -> bool:
    # The CPU allocator has no exception of its own.
    return isinstance(error, torch.OutOfMemoryError) or "allocate memory" in str(error)
