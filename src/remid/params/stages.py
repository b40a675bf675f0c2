"""Parameters of data, stages and studies."""

from typing import Literal

from pydantic import Field

from remid.params.section import Section


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
