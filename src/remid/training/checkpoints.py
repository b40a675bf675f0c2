"""Checkpoints that are whole or are not there, whatever ends the process that writes them."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from peft import PeftModel

from remid.domain.errors import RemidError
from remid.store.whole import sync, sync_tree
from remid.training.job import Job

WHOLE = "whole"
"""Written last into a checkpoint folder, and removed first from it."""
KEPT = 2
"""Checkpoints kept at a time; one more exists while it is written."""
FULL = ("No space left", "PytorchStreamWriter failed", "inline_container.cc")
"""Words of torch's and safetensors' writers on a full disk; they raise no OSError."""


def newest(output: Path) -> Path | None:
    """Find the newest checkpoint that was written to its end."""
    whole = [mark.parent for mark in output.glob(f"checkpoint-*/{WHOLE}")]
    return max(whole, key=step_of) if whole else None


def step_of(checkpoint: Path) -> int:
    """Optimiser step after which a checkpoint was written."""
    return int(checkpoint.name.split("-")[1])


def mark_whole(checkpoint: Path) -> None:
    """Declare that every rank has written its part; what is marked outlives a loss of power."""
    # Content before mark: a mark that outlives its content would be believed.
    sync_tree(checkpoint)
    (checkpoint / WHOLE).touch()
    sync(checkpoint)


def drop(checkpoint: Path) -> None:
    """Remove a checkpoint; killed on the way, it is seen to be broken."""
    # Mark before content, for the same reason.
    (checkpoint / WHOLE).unlink(missing_ok=True)
    shutil.rmtree(checkpoint, ignore_errors=True)


def drop_broken(output: Path) -> None:
    """Remove what a killed process left half-written."""
    for folder in output.glob("checkpoint-*"):
        if not (folder / WHOLE).exists():
            drop(folder)


def require_space(job: Job, model: PeftModel) -> None:
    """Refuse a training whose checkpoints would not fit on the disk.

    Raises
    ------
    RemidError
        Naming the disk, what is free and what is needed.
    """
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    adapters = sum(
        p.numel() * p.element_size() for n, p in model.named_parameters() if "lora_" in n
    )
    # Weights, their float32 copy and Adam's two moments, and every adapter once more by peft.
    needed = (KEPT + 1) * (16 * trained + adapters)
    free = shutil.disk_usage(job.output).free
    if free < needed:
        raise RemidError(
            f"{job.name}: {free / 2**20:.0f} MiB are free on the disk of {job.output} and its "
            f"checkpoints need {needed / 2**20:.0f} MiB; free some and run the same command again."
        )


@contextmanager
def explaining_full_disk(job: Job) -> Iterator[None]:
    """Turn a disk that fills up into one sentence, with the last whole checkpoint left in place.

    Raises
    ------
    RemidError
        Naming the disk and the checkpoint from which the same command goes on.
    """
    try:
        yield
    except Exception as error:
        if not _is_full(error):
            raise
        output = Path(job.output)
        if os.environ.get("RANK", "0") == "0":
            drop_broken(output)
        raise RemidError(
            f"{job.name}: no space is left on the disk of {output}; the training stopped, "
            f"{last_good(job)} is whole: free some space and run the same command again."
        ) from error


def last_good(job: Job) -> str:
    """Name the state that a stopped training goes on from."""
    found = newest(Path(job.output))
    if found:
        return str(found)
    return f"its start ({job.adapters[job.train] or 'a new adapter'})"


def _is_full(error: BaseException) -> bool:
    # Writers wrap each other's errors: the cause may be any number of steps back.
    chain: BaseException | None = error
    while chain is not None:
        if isinstance(chain, OSError) and chain.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if any(words in str(chain) for words in FULL):
            return True
        chain = chain.__cause__ or chain.__context__
    return False
