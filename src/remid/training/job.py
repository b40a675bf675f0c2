"""What one training process is told, as a file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from remid.domain.errors import RemidError
from remid.store.whole import write


@dataclass(frozen=True)
class Example:
    """One training sequence, as token ids: the loss is on the completion alone.

    A GRPO example has an empty completion; its rollouts take that place. ``rejected`` is
    the worse completion of a preference pair.
    """

    id: str
    prompt: tuple[int, ...]
    completion: tuple[int, ...] = ()
    rejected: tuple[int, ...] = ()


@dataclass(frozen=True)
class Engine:
    """How processes are run: DeepSpeed's section of the parameters."""

    ranks: int
    stage: int
    offload: Literal["none", "cpu"] = "none"
    hostfile: str | None = None
    device: Literal["cpu", "cuda"] = "cpu"
    dtype: Literal["float32", "bfloat16"] = "bfloat16"


@dataclass(frozen=True)
class LoraShape:
    """The adapter on all linear layers."""

    rank: int
    alpha: int
    dropout: float


RewardKind = str
"""``reasoner``, ``likelihood_ratio``, ``likelihood``, ``judge``, or another package's reward."""


@dataclass(frozen=True)
class RewardSettings:
    """What a worker's rewards need."""

    kind: RewardKind
    dialogues: str
    """File of the dialogues that are rolled out."""
    max_prompt_tokens: int
    token_budget: int
    traces: str = ""
    """File of their traces, where the reward shows them."""
    feature_words: int = 0
    """Words of a feature block that earn the whole length reward (reasoner)."""


@dataclass(frozen=True)
class Job:
    """One training of one adapter."""

    name: str
    """Shown in progress lines and errors."""
    kind: Literal["sft", "grpo", "dpo"]
    base: str
    """Folder of the base model."""
    train: str
    """Name of the adapter that is trained."""
    adapters: dict[str, str | None]
    """Folder of each adapter; None for a new one."""
    examples: str
    """File of examples."""
    output: str
    """Folder that gets ``<train>/``, ``steps.jsonl`` and the checkpoints."""
    seed: int
    engine: Engine
    lora: LoraShape
    learning_rate: float
    batch: int
    """Sequences per optimiser step over all ranks; for grpo, prompts times rollouts."""
    epochs: int = 1
    rollouts: int = 0
    """Completions per prompt (grpo)."""
    max_tokens: int = 0
    """Longest completion, in tokens (grpo)."""
    temperature: float = 1.0
    beta: float = 0.0
    reward: RewardSettings | None = None
    """What the worker's rewards need (grpo)."""
    save_steps: int = 4
    """Optimiser steps between checkpoints."""


def write_examples(path: Path, examples: list[Example]) -> None:
    """Write examples, one JSON object a line."""
    write(path, b"\n".join(msgspec.json.encode(example) for example in examples) + b"\n")


def read_examples(path: Path) -> list[Example]:
    """Read what :func:`write_examples` wrote."""
    decoder = msgspec.json.Decoder(Example)
    return [decoder.decode(line) for line in path.read_bytes().splitlines()]


def require_workable(job: Job, count: int) -> None:
    """Refuse a training that :func:`require_shares` or ZeRO-3 rules out."""
    # A GRPO batch counts rollouts; what ranks share out is prompts, whole groups each.
    rollouts = job.rollouts if job.kind == "grpo" else 1
    require_shares(job.name, job.engine, count=count, batch=job.batch // rollouts)
    if job.kind == "grpo":
        require_generation(job.name, job.engine)
        if count < job.batch // rollouts:
            raise RemidError(
                f"{job.name}: {count} training dialogues but {job.batch // rollouts} prompts a step, so "
                "that no step would be made; lower the phase's batch or raise its prompts."
            )


def require_shares(name: str, engine: Engine, *, count: int, batch: int) -> None:
    """Refuse a training that has nothing to train on, or that its ranks cannot share.

    Parameters
    ----------
    count : training dialogues.
    batch : dialogues per optimiser step, over all ranks.

    Raises
    ------
    RemidError
        Naming the training and the remedy.
    """
    if count == 0:
        raise RemidError(
            f"{name}: no training dialogue; id_train (or its part with written traces) is "
            "empty: add dialogues to the corpus."
        )
    if count < engine.ranks:
        raise RemidError(
            f"{name}: {engine.ranks} ranks but {count} training dialogues; every rank needs "
            "one: lower deepspeed.ranks or raise the number of dialogues."
        )
    if batch % engine.ranks:
        raise RemidError(
            f"{name}: a batch of {batch} dialogues cannot be shared evenly by {engine.ranks} ranks; "
            "make it a multiple of deepspeed.ranks."
        )


def require_generation(name: str, engine: Engine) -> None:
    """Refuse GRPO under ZeRO-3.

    Raises
    ------
    RemidError
        Naming the training and the remedy.
    """
    if engine.stage == 3:
        raise RemidError(
            f"{name}: deepspeed.stage is 3, under which GRPO's generation and rewards would gather "
            "every weight for every token; set it to 2, or coevolve.rounds to 0 for the cold start "
            "alone."
        )
