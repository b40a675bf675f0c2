"""What a training tells of every step: to the launching process, and to a file."""

import json
import math
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback

from remid.domain.errors import RemidError
from remid.store.reading import read_rows
from remid.store.whole import write
from remid.training import checkpoints
from remid.training.job import Job
from remid.training.start.launch import MARK

STEPS = "steps.jsonl"
"""One row per optimiser step, in the job's output folder."""


class Progress(TrainerCallback):
    """Reports every step, and marks the checkpoints that are whole."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.file = Path(job.output) / STEPS
        self.rows = read_steps(self.file)

    def on_log(
        self, _args: Any, state: Any, _control: Any, logs: dict[str, float] | None = None, **_: Any
    ) -> None:
        """Keep the step's figures; a resumed step replaces what the killed run wrote."""
        if not state.is_world_process_zero or not logs or "loss" not in logs:
            return
        # An optimiser step on nan spoils every weight, and the next checkpoint with them.
        # A loss may still look well where the gradient of it no longer is a number.
        for name, shown_as in (("loss", "loss"), ("grad_norm", "gradient's norm")):
            if not math.isfinite(value := float(logs.get(name) or 0.0)):
                raise RemidError(
                    f"{self.job.name}, step {state.global_step}: the {shown_as} is {value}; "
                    f"{checkpoints.last_good(self.job)} is good: lower the learning rate."
                )
        figures = {k: float(v) for k, v in logs.items() if v is not None}
        row = {"step": state.global_step, **figures}
        self.rows[state.global_step] = row
        lines = (json.dumps(self.rows[step]) for step in sorted(self.rows))
        write(self.file, "\n".join(lines) + "\n")
        shown: dict[str, float] = {k: row[k] for k in ("loss", "reward") if k in row}
        message: dict[str, float] = {"step": state.global_step, "total": state.max_steps, **shown}
        print(MARK + json.dumps(message), flush=True)

    def on_save(self, args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Mark the checkpoint as whole, once every rank has written its part."""
        # The main rank may come here before the others have written their shares.
        if torch.distributed.is_initialized():
            torch.distributed.barrier()
        if state.is_world_process_zero:
            folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
            checkpoints.mark_whole(folder)


def read_steps(file: Path) -> dict[int, dict[str, float]]:
    """Read the figures of the steps that were made, by step."""
    if not file.exists():
        return {}
    remedy = f"remove the folder {file.parent} and run again: this training is done anew"
    return {row["step"]: row for row in read_rows(file, remedy, {"step": int})}
