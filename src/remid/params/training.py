"""Parameters of trainings: the estimators' and the models' under test."""

import difflib
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from remid.domain import plugins
from remid.params.section import Section

ROSTER = ("base", "sft", "augmented", "dpo", "rejection", "grpo", "thinking-sft", "thinking-grpo")
"""The models that the pipeline can train itself."""


class Lora(Section):
    """A low-rank adapter on all linear layers."""

    # W x + (alpha / rank) B A x, with A (rank, in) and B (out, rank) (Hu et al., 2021).
    rank: int = Field(gt=0, le=4096)
    """Rank of the update."""
    alpha: int = Field(gt=0, le=100_000)
    """Scale; the update is multiplied by alpha / rank."""
    dropout: float = Field(ge=0, lt=1)
    """Dropout before the adapter."""


class Grpo(Section):
    """One GRPO phase: a half-round of CoRL, or a model under test."""

    prompts: int = Field(gt=0, le=10**6)
    """Training dialogues rolled out."""
    # A group of one has no spread, and its advantage would be 0 / 0.
    rollouts: int = Field(ge=2, le=1024)
    """Completions per prompt (the paper's G)."""
    batch: int = Field(gt=0, le=100_000)
    """Prompts per optimiser step, over all ranks."""
    learning_rate: float = Field(gt=0, le=1)
    """Learning rate."""
    max_tokens: int = Field(gt=0, le=100_000)
    """Longest completion, in tokens."""
    beta: float = Field(ge=0, le=1000)
    """Weight of the KL term towards the phase's start."""


class Train(Section):
    """The role-playing models under test that are trained here."""

    models: tuple[str, ...] = Field(strict=False, min_length=1)
    """Names from the roster."""
    epochs: int = Field(gt=0, le=1000)
    """Passes over the training dialogues."""
    learning_rate: float = Field(gt=0, le=1)
    """Peak learning rate."""
    batch: int = Field(gt=0, le=100_000)
    """Dialogues per optimiser step, over all ranks."""
    dialogues: int = Field(gt=0, le=10**7)
    """Training dialogues used, the first of id_train in the seed's order."""
    lora: Lora
    """The adapter of every model and of both estimators."""
    signal: str
    """What scores sampled replies: likelihood under the responder, judge (the base model), or the
    name of a reward that an installed package adds."""
    reinforce: Grpo
    """Sampling and training on that signal; dpo and rejection use its rollouts as candidates."""
    temperature: float = Field(gt=0, le=100)
    """Sampling temperature of rollouts and candidates."""
    dpo_beta: float = Field(gt=0, le=1000)
    """How closely dpo keeps to the base model."""
    thought_tokens: int = Field(gt=0, le=100_000)
    """Longest thought of a thinking model, in tokens, beside its reply."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name in self.models:
            if name not in ROSTER:
                hint = difflib.get_close_matches(name, ROSTER, n=1)
                near = f"; did you mean {hint[0]!r}?" if hint else ""
                raise ValueError(f"{name!r} is none of {', '.join(ROSTER)}{near}")
        known = ("likelihood", "judge")
        if self.signal not in known and self.signal not in plugins.names("remid.rewards"):
            raise ValueError(
                f"signal {self.signal!r} is none of {', '.join(known)} and no reward of an "
                "installed package"
            )
        # DVC's matrix would make two stages that write one folder.
        if len(set(self.models)) < len(self.models):
            raise ValueError(f"a model is named twice in {list(self.models)}")
        return self


class Deepspeed(Section):
    """The launcher of every training."""

    ranks: int = Field(gt=0, le=64)
    """Processes (GPUs, or CPU ranks) on each host."""
    stage: Literal[0, 1, 2, 3]
    """ZeRO stage."""
    offload: Literal["none", "cpu"]
    """Where optimiser state lives."""
    hostfile: str | None
    """DeepSpeed hostfile for several machines; null for this one."""

    @field_validator("hostfile")
    @classmethod
    def _there(cls, value: str | None) -> str | None:
        # DeepSpeed takes a file that is not there for none, and trains on this machine alone.
        if value is not None and not Path(value).is_file():
            raise ValueError("no such file; name a DeepSpeed hostfile, or null for this machine")
        return value


class Sft(Section):
    """One supervised phase of CoRL."""

    dialogues: int = Field(gt=0, le=10**7)
    """Training dialogues used at most."""
    epochs: int = Field(gt=0, le=1000)
    """Passes over them."""
    learning_rate: float = Field(gt=0, le=1)
    """Peak learning rate, cosine after a warm-up of 3% of the steps."""
    batch: int = Field(gt=0, le=100_000)
    """Dialogues per optimiser step, over all ranks."""


class Coevolve(Section):
    """CoRL: the two estimators behind the metric."""

    start: str
    """Where both adapters start: `released` (the cold start of released/), `scratch` (a cold start
    of its own), or a folder with cold_reasoner/ and cold_responder/."""
    rounds: int = Field(ge=0, le=1000)
    """Most rounds; 0 is the cold start alone."""
    # A perplexity of one dialogue would be that dialogue's, whatever was learned.
    held_out: int = Field(ge=2, le=10**6)
    """Dialogues of id_train kept out of training, whose perplexity decides when to stop."""
    patience: int = Field(gt=0, le=1000)
    """Rounds without a lower held-out perplexity before stopping."""
    cold_start: Sft
    """Supervised start of both adapters."""
    refresh: Sft
    """Supervised update of the responder on the new reasoner's traces."""
    reasoner: Grpo
    """The reasoner's half-round."""
    responder: Grpo
    """The responder's half-round."""
    responder_reward: Literal["likelihood_ratio", "judge"]
    """What a reply is worth: against the reference under the cold-start responder, or by a judge."""
    feature_words: int = Field(gt=0, le=100_000)
    """Words of the feature block from which the length reward is full."""
    temperature: float = Field(gt=0, le=100)
    """Sampling temperature of rollouts."""


class Release(Section):
    """Estimators for everybody who trains none: `make release` (release/dvc.yaml)."""

    coevolve: Coevolve
    """Their training: with far more than an ordinary run spends."""
    demo_shifts: tuple[str, ...] = Field(strict=False, min_length=1)
    """Shifts whose dialogues, with those of id_test, `remid demo` is about."""
    demo_dialogues: int = Field(ge=8, le=100_000)
    """Dialogues of each of these splits."""
