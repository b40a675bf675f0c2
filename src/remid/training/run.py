"""Inside one training process: the job in, one adapter out."""

import importlib
import os
import random
import sys
from pathlib import Path
from typing import Any

import deepspeed
import msgspec
import numpy as np
import torch
from peft import PeftModel

from remid.domain.errors import RemidError
from remid.lm.cpu.allocator import keep_freed_memory
from remid.lm.loading import load_tokenizer
from remid.training import checkpoints, dpo, grpo, rendezvous, sft
from remid.training.adapters import load_adapted, save_adapter
from remid.training.grpo import Reward, Rewards
from remid.training.job import Job, read_examples, require_workable
from remid.training.progress import STEPS, Progress
from remid.training.start import orphan_guard
from remid.training.start.launch import FAILURE

__all__ = ["STEPS", "Reward", "Rewards", "main", "run"]


def main(rewards: Rewards | None = None) -> int:
    """Read the job named on the command line and train it; returns the exit status."""
    orphan_guard.hold()
    file = next(argument for argument in sys.argv[1:] if argument.endswith("job.json"))
    job = msgspec.json.decode(Path(file).read_bytes(), type=Job)
    try:
        with checkpoints.explaining_full_disk(job):
            run(job, rewards)
    except RemidError as error:
        (Path(job.output) / FAILURE).write_text(str(error), encoding="utf-8")
        return 2
    return 0


def run(job: Job, rewards: Rewards | None = None) -> None:
    """Train and save ``<output>/<adapter>/``; goes on from the last whole checkpoint."""
    examples = read_examples(Path(job.examples))
    require_workable(job, len(examples))
    # 1. One seed for every global generator that a library below may draw from.
    random.seed(job.seed)
    np.random.seed(job.seed % 2**32)  # libraries below draw from the global generator
    if job.engine.device == "cpu":
        keep_freed_memory()
        _use_gloo()
        _spare_muon_a_compiler()
    rendezvous.join(job.engine)
    # 2. The model, before any checkpoint is looked at: it says how much room those need.
    model = load_adapted(job)
    output = Path(job.output)
    if os.environ.get("RANK", "0") == "0":
        checkpoints.drop_broken(output)
        checkpoints.require_space(job, model)
    tokenizer = load_tokenizer(Path(job.base))
    trainer: Any
    if job.kind == "grpo":
        assert rewards is not None
        trainer = grpo.build(job, model, tokenizer, examples, rewards)
    else:
        build = {"sft": sft.build, "dpo": dpo.build}[job.kind]
        trainer = build(job, model, tokenizer, examples)
    # 3. From the last whole checkpoint, which holds optimiser, schedule and random states.
    trainer.add_callback(Progress(job))
    last = checkpoints.newest(output)
    trainer.train(resume_from_checkpoint=str(last) if last else None)
    _save(job, trainer)


def _save(job: Job, trainer: Any) -> None:
    trained: PeftModel = trainer.accelerator.unwrap_model(trainer.model)
    own = [weight for weight in trained.parameters() if weight.requires_grad]
    trainer.accelerator.wait_for_everyone()
    # ZeRO-3 leaves every rank with a share; all of them take part in putting the adapter together.
    with deepspeed.zero.GatheredParameters(own, enabled=job.engine.stage == 3):
        if trainer.accelerator.is_main_process:
            save_adapter(trained, job.train, Path(job.output))
    trainer.accelerator.wait_for_everyone()


def _use_gloo() -> None:
    """Keep DeepSpeed from compiling its shared-memory all-reduce at the first use.

    It needs a C++ compiler, and a process killed while it compiles leaves a lock on which every
    later one waits for ever. Gloo does the same work between CPU ranks.
    """
    deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False


def _spare_muon_a_compiler() -> None:
    """Import the Muon optimiser, which DeepSpeed asks for by name only, without what compiles it.

    Its functions are marked for torch.compile, and the compiler takes seconds to import.
    """
    compiled = torch.compile
    torch.compile = _uncompiled  # type: ignore[assignment]
    importlib.import_module("deepspeed.runtime.zero.muon.muon_optimizer")
    torch.compile = compiled


def _uncompiled(function: Any = None, **_: Any) -> Any:
    return function or (lambda wrapped: wrapped)
