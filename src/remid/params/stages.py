"""Parameters of data, stages and studies."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import Field, field_validator, model_validator

from remid.domain.errors import RemidError
from remid.domain.names import folder_name
from remid.params.section import Section

Share = Annotated[float, Field(ge=0, le=1)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
"""Libraries below draw from generators whose seeds have 32 bits."""


class Data(Section):
    """Where the dialogues are."""

    path: str
    """File of dialogues, below the DVC-tracked data/."""
    format: Literal["remid", "rpgbench", "chat", "cards", "xpersona", "synthetic_persona_chat"]
    """Which reader understands it."""


class Fetch(Section):
    """Where the pretrained models come from: `pypi:NAME`, `hub:OWNER/NAME@REVISION`, a
    folder, or `tiny`.
    """

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
    max_characters: int = Field(gt=0, le=10**7)
    """Longest turn, in characters."""
    reply_length_ratio: float = Field(gt=1, le=1000)
    """Largest ratio of a quartile of a split's reply lengths to that of id_test, in UTF-8 bytes."""
    balance_ratio: float = Field(ge=1, le=1000)
    """Largest ratio of a shift's number of dialogues to the median over the shifts of its factor."""
    max_share: float = Field(gt=0, le=1)
    """Largest share of a test split's dialogues with one persona, or with one character."""


class Model(Section):
    """How language models are run."""

    dtype: Literal["auto", "float32", "bfloat16"]
    """Number format of the base model; `auto` takes bfloat16 where the device computes in it, and
    float32 elsewhere."""
    device: Literal["auto", "cpu", "cuda"]
    """Where it runs; `auto` takes CUDA when present."""
    max_prompt_tokens: int | None = Field(ge=64, le=10**7)
    """Longest prompt, in tokens; null takes what the model's window leaves. A model under test
    forgets the oldest turns beyond it; a dialogue that does not fit the responder whole is left
    out and counted."""
    token_budget: int = Field(ge=256, le=2**24)
    """Tokens held at once while scoring or generating; bounds memory."""


class Reply(Section):
    """How the models under test reply."""

    dialogues_per_split: int = Field(ge=2, le=10**6)
    """Dialogues of each test split that are replied to and evaluated; all when fewer."""
    max_tokens: int | None = Field(gt=0, le=100_000)
    """Longest reply, in tokens; null takes as many as are scored (evaluate.reply_share)."""
    temperature: float = Field(ge=0, le=100)
    """Sampling temperature; 0 is greedy."""
    # Holtzman et al. (2020): the fewest tokens whose probabilities reach top_p; 1 keeps all.
    top_p: float = Field(gt=0, le=1)
    """Nucleus of the sampling distribution."""


class Endpoint(Section):
    """How a served model is asked; where it is, is said on the command line."""

    key_variable: str
    """Environment variable that holds the key; servers without keys need none."""
    concurrency: int = Field(gt=0, le=1000)
    """Questions in flight."""
    timeout: float = Field(gt=0, le=86_400)
    """Seconds to wait for one answer."""
    attempts: int = Field(gt=0, le=100)
    """Tries per question, with growing pauses between them."""
    max_characters: int = Field(gt=0, le=10**7)
    """Longest answer that is taken for one, in characters."""


class Evaluate(Section):
    """The metric."""

    trace_tokens: int = Field(gt=0, le=100_000)
    """Longest reasoning trace, in tokens."""
    estimator: str
    """Whose probabilities are used: `trained` (models/estimators), `released` (released/), a folder
    with reasoner/ and responder/ or an estimator.yaml, or such a folder of a hub at one commit,
    `hub:OWNER/NAME@REVISION` (docs/estimators.md)."""
    as_published: bool
    """Whether R-EMI and R-EMID by the choices of the paper's authors stand beside ours
    (docs/paper-estimator.md)."""
    traces: bool
    """Whether the responder is shown the reasoner's traces; false gives EMI without reasoning."""
    reply_share: float = Field(gt=0, le=1)
    """Share of what a split's references say, in tokens, that is scored of every reply and
    reference, from the first: a limit in tokens would be two thirds of an English reference and a
    sixth of a Korean one."""
    negatives: Literal["cyclic", "random", "all", "same_character", "same_user", "nearest"]
    """Which contexts a reply is set against. Any others: ``cyclic``, ``random`` (the paper's) or
    ``all``. Hard ones, each with its own meaning: those of the ``same_character`` (what a reply
    tells of user and dialogue given its character), of the ``same_user`` (of character and
    dialogue given its user), or the ``nearest`` by embedding."""
    negatives_per_context: int = Field(gt=0, le=10_000)
    """Negatives of each reply; unused by `all`."""
    shuffles: int = Field(ge=1, le=1000)
    """Times that each reply is scored with its words shuffled."""
    strict: bool
    """Whether every pair is scored alone: slower, and exact, where reading pairs together moves a
    score by at most 1e-4 nats per token. It needs `model.dtype: float32`."""
    unit: Literal["nats_per_token", "nats_per_reply"]
    """Which of the two units the tables show first."""
    # Closer to 1 the ends lie beyond every resample, and at one rounding from 1 at infinity.
    level: float = Field(gt=0.5, le=0.9999)
    """Nominal coverage of every interval."""
    # Fewer than 100 leave less than three resamples beyond an end of a 95% interval.
    # Each is a row of indices in memory: 10^9 of them took 67 GB.
    resamples: int = Field(ge=100, le=100_000)
    """Bootstrap resamples of the dialogues."""
    others: tuple[str, ...] = Field(strict=False, max_length=1000)
    """Models whose replies were made elsewhere and lie in replies/NAME/, to evaluate as well."""
    allow_missing_replies: bool
    """Estimate on the dialogues that have a reply; otherwise a missing reply stops the stage."""

    @field_validator("others")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            for name in value:
                folder_name(name)  # it becomes a path
        except RemidError as error:
            raise ValueError(str(error).rstrip(".")) from None
        if len(set(value)) < len(value):
            raise ValueError("a model is named twice")
        return value

    @model_validator(mode="after")
    def _enough(self) -> Self:
        # An end of the interval is a quantile: at least one resample must lie beyond it.
        if self.resamples * (1 - self.level) / 2 < 1:
            raise ValueError(
                f"level {self.level} needs at least {round(2 / (1 - self.level))} resamples, and "
                f"resamples is {self.resamples}"
            )
        return self


class Report(Section):
    """How results are shown; nothing here changes a figure."""

    title: str
    """Title of the page."""
    precision: int = Field(ge=1, le=8)
    """Decimals in tables."""


class Study(Section):
    """What is run beside the pipeline: `remid ablation`, `remid ordering`, `remid seeds`."""

    seeds: tuple[Seed, ...] = Field(strict=False, min_length=1, max_length=100)
    """Seeds of the trainings that ablation and seeds repeat."""
    models: tuple[str, ...] = Field(strict=False, min_length=1)
    """Names from the roster that seeds compares."""
    dialogues_per_split: int = Field(ge=1, le=10**6)
    """Dialogues of every split that they reply to in seeds; more than the pipeline's, to see more."""
    reinforce_prompts: int = Field(gt=0, le=10**6)
    """train.reinforce.prompts in seeds: what dpo, rejection and the grpo models learn from."""
    # Two at least: an order of one rate holds nothing to see.
    rates: tuple[Share, ...] = Field(strict=False, min_length=2, max_length=1000)
    """Shares of the replies that ordering corrupts."""


class Retrain(Section):
    """When the scheduled retraining runs."""

    cron: str
    """Cron expression of the Prefect schedule."""
    timezone: str
    """Its IANA time zone."""

    @field_validator("cron")
    @classmethod
    def _due(cls, value: str) -> str:
        # Prefect would take the schedule and say nothing, or never run it.
        try:
            next(CronSim(value, datetime.now(UTC)))
        except (CronSimError, StopIteration):
            raise ValueError(
                "not a cron expression that is ever due; write five fields, as in '0 3 * * 1'"
            ) from None
        return value

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (OSError, ValueError, KeyError):
            raise ValueError("not an IANA time zone, as in 'Europe/Berlin' or UTC") from None
        return value
