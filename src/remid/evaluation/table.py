"""One table: (model, split) to R-EMI, R-EMID, bounds and the worst case."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from remid.domain.estimate import Estimate, Unit
from remid.information.controls import ALPHA, Halves
from remid.information.dependence import Strength
from remid.information.moved import Divergence, InputShift

UNITS: tuple[Unit, ...] = ("nats_per_token", "nats_per_reply")
SATURATED = 0.95
"""Share of negatives beaten from which hardly anything is left to tell replies apart by."""


@dataclass(frozen=True)
class SplitRow:
    """What the estimators see of one split, whichever model is tested."""

    split: str
    unit: Unit
    information: Estimate
    """Information of the reference replies: B."""
    copied: Estimate
    novel: Estimate
    """Its parts: tokens copied from the own dialogue, and the others; they add up to it."""
    order: Estimate
    """Score of a reference less that of its words shuffled, nats per token."""
    beaten: float
    """Share of the negatives that score below the reference under its own context."""
    clusters: int
    """Different personas with characters, or conversations."""
    perplexity: float
    """Of the reference replies under q."""
    missing: int
    too_long: int
    alone: int
    """Dialogues left out: without a reply, longer than the responder's window, without a negative."""
    traces: int
    formed: int
    """Reasoning traces, and those that were well formed; the others were replaced by none."""
    reply_tokens: int | None
    """Tokens scored of every reply; None for all."""
    blind: bool
    """The responder is not shown to read anything here, or less than half of what it reads on ID."""


@dataclass(frozen=True)
class EmiRow:
    """R-EMI of one model on one split."""

    model: str
    split: str
    unit: Unit
    emi: Estimate
    replies: Estimate
    """Information of the model's replies: A = R-EMI + B."""
    relative: Estimate
    """A / B, free of the unit; Fieller's interval."""
    copied: Estimate
    novel: Estimate
    """Parts of R-EMI that add up to it: copied tokens, and the others."""
    order: Estimate
    """Score of a reply less that of its words shuffled, nats per token."""
    copied_share: float
    """Share of the tokens that are copied from the own dialogue."""
    beaten: float
    """Share of the negatives that score below the reply under its own context."""
    lower: float
    """InfoNCE: below the information of the model's replies in expectation, nats per reply."""
    ceiling: float
    """The most that `lower` can show with as many negatives."""
    upper: float
    """vCLUB of the model's replies, nats per reply: above it where q is nearly right."""

    @property
    def saturated(self) -> bool:
        """Whether the own context beats nearly all others, so that nothing is left to tell."""
        return self.beaten > SATURATED


@dataclass(frozen=True)
class EmidRow:
    """R-EMID of one model under one shift."""

    model: str
    shift: str
    unit: Unit
    emid: Estimate
    p: float
    """Two-sided p-value of R-EMID = 0."""
    p_holm: float
    """The same, corrected over the table's models and shifts."""
    replies: Estimate
    """What the model's replies lose: A on ID less A under the shift."""
    references: Estimate
    """What the references lose: B on ID less B under the shift. R-EMID is `replies` less this."""
    relative: Estimate
    """A / B on ID less A / B under the shift."""
    marks: tuple[str, ...]
    """Why the row is not to be taken at its word: ``blind``, ``saturated``, ``dependence``."""
    mismatch: Estimate
    covariate: Estimate
    """What R-EMID is made of: how the entropies of the reply marginals moved, and what the moved
    inputs cost. They add up to it because `covariate` holds the residual, the concept term: what good
    replies to one input changed, which no sample without two replies to it can tell apart."""
    paper: Estimate
    """The published bound, nats per reply whatever the unit: it is one on whole replies."""
    joint: Estimate
    scaled: Estimate
    """Unitless."""
    shares: dict[str, float]
    """Each factor's share of the input term; empty where none is above its floor."""
    warning: str
    """Why the published bound cannot be trusted here; empty where nothing speaks against it."""
    dialogues_needed: int | None
    """Dialogues per split for an interval half as wide; None where undefined."""
    detectable: float = math.nan
    """Smallest true loss that was found with 80% power, at 5% corrected over `p_holm`'s family."""

    @property
    def bounds(self) -> dict[str, Estimate]:
        """The three bounds by name."""
        return {"joint": self.joint, "paper": self.paper, "scaled": self.scaled}


@dataclass(frozen=True)
class FactorRow:
    """Mean R-EMID of one model over the shifts of one factor."""

    model: str
    against: str
    """Model whose mean is taken off, paired by dialogue; empty where none is."""
    factor: str
    shifts: int
    unit: Unit
    emid: Estimate
    p_holm: float
    """P-value of 0, corrected over the factors and models, or the factors and pairs of models."""
    detectable: float = math.nan
    """As in `EmidRow`, over this family."""


@dataclass(frozen=True)
class WorstRow:
    """Worst-case risk of one model."""

    model: str
    unit: Unit
    shift: str
    risk: Estimate
    median_unbiased: float
    """The largest value corrected for its selection: above the truth at most half the time."""
    marks: tuple[str, ...]
    """Those of the shift's row."""


@dataclass(frozen=True)
class DifferenceRow:
    """R-EMID of one model less that of another, paired by dialogue."""

    model: str
    against: str
    shift: str
    unit: Unit
    difference: Estimate
    p_holm: float
    """Corrected over the table's shifts and pairs of models."""
    detectable: float = math.nan
    """As in `EmidRow`, over this family."""


@dataclass(frozen=True)
class Moved:
    """One JS, with what it was before its floor was taken off."""

    js: Estimate
    """JS less the floor, 0 where it does not reach it."""
    raw: float
    floor: float
    """What samples of these sizes show without any shift."""

    @property
    def below_floor(self) -> bool:
        """Whether the 0 stands for less than no shift shows."""
        return self.raw <= self.floor


@dataclass(frozen=True)
class InputRow:
    """How far one shift's inputs lie from ID's, in nats."""

    shift: str
    factors: dict[str, Moved]
    joint: Moved
    dependence: dict[str, Strength]
    """Two factors to how strongly they depend on each other, on ID and under the shift."""
    dependence_p: float | None
    """P-value of "alike"; None where there were too few clusters to test."""


@dataclass(frozen=True)
class ReplacedRow:
    """Positive control: references of one shift answered by those of its other dialogues."""

    shift: str
    unit: Unit
    rate: float
    """Share of the dialogues that was asked for."""
    replaced: int
    """Dialogues whose reference was replaced: those asked for that have another to borrow."""
    emid: Estimate
    """R-EMID of these replies; ID's stay the references, whose R-EMI is 0."""
    p_holm: float
    """P-value of 0, corrected over the shifts at this rate."""

    @property
    def found(self) -> bool:
        """Whether the loss was found at 5% after the correction."""
        return self.emid.value > 0 and self.p_holm < ALPHA


@dataclass(frozen=True)
class HalvesRow:
    """Negative control: id_test against itself in random halves."""

    source: str
    """A model, whose R-EMI is compared, or the references, whose information is."""
    unit: Unit
    halves: Halves


@dataclass(frozen=True)
class PublishedRow:
    """One model on one split by the choices of the paper's authors, nats per token."""

    model: str
    split: str
    replies: float
    """Information of the model's replies."""
    references: float
    """Information of the references, scored with negative pairs of their own."""
    emi: float
    """`replies` less `references`."""
    emid: float
    """R-EMI on ID less R-EMI here; nan on ID."""
    pairs: int
    """Negative pairs behind each information."""


@dataclass(frozen=True)
class Table:
    """All figures of one evaluation."""

    dtype: str = ""
    """Number format in which the responder was read."""
    estimator: str = ""
    """Whose probabilities these are, and what of them was pulled rather than computed."""
    loaded: dict[str, str] = field(default_factory=dict)
    """Base, adapters and templates: where each is from, at which revision, and its hash."""
    splits: list[SplitRow] = field(default_factory=list)
    emi: list[EmiRow] = field(default_factory=list)
    emid: list[EmidRow] = field(default_factory=list)
    factors: list[FactorRow] = field(default_factory=list)
    worst: list[WorstRow] = field(default_factory=list)
    differences: list[DifferenceRow] = field(default_factory=list)
    inputs: list[InputRow] = field(default_factory=list)
    replaced: list[ReplacedRow] = field(default_factory=list)
    halves: list[HalvesRow] = field(default_factory=list)
    published: list[PublishedRow] = field(default_factory=list)
    """By the authors' choices, where `evaluate.as_published` asks for it."""
    too_small: dict[str, int] = field(default_factory=dict)
    """Declared shifts that are not measured, and how few dialogues they have."""
    no_split: dict[str, int] = field(default_factory=dict)
    """Why dialogues of the corpus are in no split, with how many."""

    @property
    def perplexity(self) -> dict[str, float]:
        """Of the reference replies under q, per split."""
        return {row.split: row.perplexity for row in self.splits if row.unit == UNITS[0]}


@dataclass(frozen=True)
class Divergences:
    """What the embeddings say, measured once for all models."""

    inputs: Mapping[str, InputShift]
    """Per shift."""
    outputs: Mapping[tuple[str, str], Divergence]
    """JS of replies and references, per (model, split)."""
