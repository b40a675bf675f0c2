"""Inside one training process: the job in, one adapter out."""

import json
import os
import random
import shutil
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import deepspeed
import msgspec
import numpy as np
import torch
from datasets import Dataset
from peft import PeftModel
from transformers import AutoTokenizer, TrainerCallback
from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer

from remid.domain.errors import RemidError
from remid.scoring.memory import keep_freed_memory
from remid.training.adapters import freeze_all_but, load_adapted, save_adapter
from remid.training.engine import deepspeed_config
from remid.training.job import Example, Job, read_examples, require_examples
from remid.training.launch import FAILURE, MARK

Reward = Callable[..., Sequence[float | None]]
Rewards = Callable[[Job, PeftModel, Any], Sequence[Reward]]
"""(job, model, tokenizer) to the reward functions of a GRPO job, in TRL's signature."""

STEPS = "steps.jsonl"
"""One row per optimiser step, in the job's output folder."""


def main(rewards: Rewards | None = None) -> int:
    """Read the job named on the command line and train it; returns the exit status."""
    file = next(argument for argument in sys.argv[1:] if argument.endswith("job.json"))
    job = msgspec.json.decode(Path(file).read_bytes(), type=Job)
    try:
        run(job, rewards)
    except RemidError as error:
        (Path(job.output) / FAILURE).write_text(str(error), encoding="utf-8")
        return 2
    return 0


def run(job: Job, rewards: Rewards | None = None) -> None:
    """Train and save ``<output>/<adapter>/``; goes on from the last whole checkpoint."""
    examples = read_examples(Path(job.examples))
    require_examples(job, len(examples))
    random.seed(job.seed)
    np.random.seed(job.seed % 2**32)  # libraries below draw from the global generator
    if job.engine.device == "cpu":
        keep_freed_memory()
        _use_gloo()
    model = load_adapted(job)
    tokenizer = AutoTokenizer.from_pretrained(job.base)
    build = {"sft": _sft, "grpo": _grpo, "dpo": _dpo}[job.kind]
    trainer = build(job, model, tokenizer, examples, rewards)
    trainer.add_callback(Progress(job))
    trainer.train(resume_from_checkpoint=last_checkpoint(Path(job.output)))
    trainer.accelerator.wait_for_everyone()
    if trainer.accelerator.is_main_process:
        save_adapter(trainer.accelerator.unwrap_model(trainer.model), job.train, Path(job.output))
        for checkpoint in Path(job.output).glob("checkpoint-*"):
            shutil.rmtree(checkpoint)
    trainer.accelerator.wait_for_everyone()


def last_checkpoint(output: Path) -> str | None:
    """Find the newest checkpoint that was written to its end; half-written ones are removed."""
    whole = []
    for folder in output.glob("checkpoint-*"):
        if (folder / Progress.WHOLE).exists():
            whole.append(folder)
        elif os.environ.get("RANK", "0") == "0":
            shutil.rmtree(folder, ignore_errors=True)
    return str(max(whole, key=lambda f: int(f.name.split("-")[1]))) if whole else None


def _use_gloo() -> None:
    """Keep DeepSpeed from compiling its shared-memory all-reduce at the first use.

    It needs a C++ compiler, and a process killed while it compiles leaves a lock on which every
    later one waits for ever. Gloo does the same work between CPU ranks.
    """
    deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False


class Progress(TrainerCallback):
    """Reports every step to the launching process and to ``steps.jsonl``."""

    WHOLE = "whole"
    """Written last into a checkpoint folder."""

    def __init__(self, job: Job) -> None:
        self.file = Path(job.output) / STEPS
        self.rows: dict[int, dict[str, float]] = {}
        if self.file.exists():
            for line in self.file.read_text(encoding="utf-8").splitlines():
                try:
                    row = json.loads(line)
                except json.JSONDecodeError:
                    continue  # the last line of a killed run; the step is trained again
                self.rows[row["step"]] = row

    def on_log(
        self, _args: Any, state: Any, _control: Any, logs: dict[str, float] | None = None, **_: Any
    ) -> None:
        """Keep the step's figures; a resumed step replaces what the killed run wrote."""
        if not state.is_world_process_zero or not logs or "loss" not in logs:
            return
        row = {"step": state.global_step, **{k: float(v) for k, v in logs.items()}}
        self.rows[state.global_step] = row
        lines = (json.dumps(self.rows[step]) for step in sorted(self.rows))
        part = self.file.with_suffix(".part")
        part.write_text("\n".join(lines) + "\n", encoding="utf-8")
        os.replace(part, self.file)
        shown: dict[str, float] = {k: row[k] for k in ("loss", "reward") if k in row}
        message: dict[str, float] = {"step": state.global_step, "total": state.max_steps, **shown}
        print(MARK + json.dumps(message), flush=True)

    def on_save(self, args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Mark the checkpoint as whole."""
        if state.is_world_process_zero:
            folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
            (folder / self.WHOLE).write_text("", encoding="utf-8")


def _schedule(job: Job) -> dict[str, Any]:
    """Cosine after a warm-up of 3% of the steps for supervised phases, constant for GRPO.

    A trainer's own share of steps is rounded up, and the first step of a warm-up has rate 0: a
    training of one step would change nothing.
    """
    if job.kind == "grpo":
        return {"lr_scheduler_type": "constant", "warmup_steps": 0}
    examples = len(read_examples(Path(job.examples)))
    steps = job.epochs * -(-examples // job.batch)
    return {"lr_scheduler_type": "cosine", "warmup_steps": int(0.03 * steps)}


def _common(job: Job) -> dict[str, Any]:
    return {
        "output_dir": job.output,
        "learning_rate": job.learning_rate,
        "num_train_epochs": job.epochs,
        "seed": job.seed,
        "data_seed": job.seed,
        "bf16": job.engine.dtype == "bfloat16",
        "use_cpu": job.engine.device == "cpu",
        "deepspeed": deepspeed_config(job.engine),
        "logging_steps": 1,
        "disable_tqdm": True,
        "report_to": [],
        "save_strategy": "steps",
        "save_steps": job.save_steps,
        "save_total_limit": 2,
        **_schedule(job),
        "max_grad_norm": 0.3,
        "dataloader_num_workers": 0,
        "dataloader_pin_memory": False,
        "gradient_checkpointing": False,
    }


class CompletionTrainer(SFTTrainer):  # type: ignore[misc]
    """SFT whose output head reads the completions alone: most of a sequence is prompt."""

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """Mean negative log-likelihood of a completion token, in nats."""
        labels = inputs.pop("labels")
        keep = int((labels != -100).any(0).sum()) + 1  # the position before the first predicts it
        logits = model(**inputs, logits_to_keep=keep, use_cache=False).logits[:, :-1]
        wanted = labels[:, -keep + 1 :]
        loss = torch.nn.functional.cross_entropy(
            logits.float().flatten(0, 1), wanted.flatten(), ignore_index=-100, reduction="sum"
        )
        count = (wanted != -100).sum() if num_items_in_batch is None else num_items_in_batch
        loss = loss / count
        if self.args.average_tokens_across_devices and num_items_in_batch is not None:
            loss = loss * self.accelerator.num_processes  # gradients are averaged over ranks
        return (loss, logits) if return_outputs else loss


def collate(rows: Sequence[dict[str, list[int]]], *, pad: int) -> dict[str, torch.Tensor]:
    """Pad on the left, so that all completions end in the last column."""
    longest = max(len(row["input_ids"]) for row in rows)

    def padded(key: str, fill: int) -> torch.Tensor:
        return torch.tensor([[fill] * (longest - len(row[key])) + list(row[key]) for row in rows])

    mask = torch.tensor(
        [[0] * (longest - len(row["input_ids"])) + [1] * len(row["input_ids"]) for row in rows]
    )
    return {
        "input_ids": padded("input_ids", pad),
        "attention_mask": mask,
        "position_ids": (mask.cumsum(1) - 1).clamp(min=0),
        "labels": padded("labels", -100),
    }


def _sft(job: Job, model: PeftModel, tokenizer: Any, examples: list[Example], _: Any) -> SFTTrainer:
    per_rank = max(1, job.batch // job.engine.ranks)
    micro = min(per_rank, 4)
    args = SFTConfig(
        **_common(job),
        per_device_train_batch_size=micro,
        gradient_accumulation_steps=max(1, per_rank // micro),
        max_length=None,
        remove_unused_columns=False,
    )
    rows = [
        {
            "input_ids": [*e.prompt, *e.completion],
            "labels": [-100] * len(e.prompt) + list(e.completion),
        }
        for e in examples
    ]
    return CompletionTrainer(
        model=model,
        args=args,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        data_collator=partial(collate, pad=tokenizer.pad_token_id),
    )


class TokenPromptTrainer(GRPOTrainer):  # type: ignore[misc]
    """GRPO whose prompts are dialogue ids, looked up as token ids.

    Text prompts would be tokenised whole, and a chat marker inside a persona would then become
    structure.
    """

    prompt_ids: dict[str, list[int]]

    def _tokenize_prompts(self, prompts: list[str]) -> tuple[list[list[int]], None, dict[str, Any]]:
        return [list(self.prompt_ids[prompt]) for prompt in prompts], None, {}


def _grpo(
    job: Job, model: PeftModel, tokenizer: Any, examples: list[Example], rewards: Rewards | None
) -> GRPOTrainer:
    assert rewards is not None
    per_rank = job.batch // job.engine.ranks
    args = GRPOConfig(
        **_common(job),
        per_device_train_batch_size=job.rollouts,
        gradient_accumulation_steps=max(1, per_rank // job.rollouts),
        num_generations=job.rollouts,
        max_completion_length=job.max_tokens,
        temperature=job.temperature,
        beta=0.0,
        scale_rewards="group",
        log_completions=False,
    )
    trainer = TokenPromptTrainer(
        model=model,
        args=args,
        reward_funcs=list(rewards(job, model, tokenizer)),
        train_dataset=Dataset.from_list([{"prompt": e.id} for e in examples]),
        processing_class=tokenizer,
    )
    trainer.prompt_ids = {e.id: list(e.prompt) for e in examples}
    # With another value at construction TRL looks for an adapter called `default`; set here, the
    # reference policy is the base model with its adapters disabled.
    trainer.beta = job.beta
    return trainer


class TokenPairTrainer(DPOTrainer):  # type: ignore[misc]
    """DPO on pairs that are token ids already."""

    def _prepare_dataset(self, dataset: Dataset, *_: Any) -> Dataset:
        return dataset


def _dpo(
    job: Job, model: PeftModel, tokenizer: Any, examples: list[Example], _: Any
) -> TokenPairTrainer:
    per_rank = max(1, job.batch // job.engine.ranks)
    micro = min(per_rank, 2)
    args = DPOConfig(
        **_common(job),
        per_device_train_batch_size=micro,
        gradient_accumulation_steps=max(1, per_rank // micro),
        beta=job.beta,
        max_length=None,
    )
    rows = [
        {"prompt_ids": e.prompt, "chosen_ids": e.completion, "rejected_ids": e.rejected}
        for e in examples
    ]
    trainer = TokenPairTrainer(
        model=model, args=args, train_dataset=Dataset.from_list(rows), processing_class=tokenizer
    )
    # TRL has added a copy of the adapter as the reference policy; it must not be trained.
    freeze_all_but(model, job.train)
    return trainer
