"""One table: (model, split) to R-EMI, R-EMID, bounds and the worst case."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from remid.domain.estimate import Estimate, Unit
from remid.information.divergence import InputShift

UNITS: tuple[Unit, ...] = ("nats_per_token", "nats_per_reply")


@dataclass(frozen=True)
class EmiRow:
    """R-EMI of one model on one split."""

    model: str
    split: str
    unit: Unit
    emi: Estimate
    missing: int
    """Dialogues without a reply, left out."""
    lower: float
    """InfoNCE bound on the information of the model's replies, nats per reply."""
    upper: float
    """vCLUB of the model's replies, nats per reply."""


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
    """The same, corrected over the shifts of the model."""
    paper: float
    joint: float
    scaled: float
    shares: dict[str, float]
    """Each factor's share of the input term."""
    warning: str
    """Why the published bound cannot be trusted here; empty where nothing speaks against it."""
    dialogues_needed: int | None
    """Dialogues per split for an interval half as wide; None where undefined."""


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
    """P-value of 0, corrected over the factors."""


@dataclass(frozen=True)
class WorstRow:
    """Worst-case risk of one model."""

    model: str
    unit: Unit
    shift: str
    risk: Estimate


@dataclass(frozen=True)
class DifferenceRow:
    """R-EMID of one model less that of another, paired by dialogue."""

    model: str
    against: str
    shift: str
    unit: Unit
    difference: Estimate
    p_holm: float


@dataclass(frozen=True)
class InputRow:
    """How far one shift's inputs lie from ID's, in nats, with the floor of no shift."""

    shift: str
    factors: dict[str, float]
    floors: dict[str, float]
    joint: float
    joint_floor: float


@dataclass(frozen=True)
class Table:
    """All figures of one evaluation."""

    emi: list[EmiRow] = field(default_factory=list)
    emid: list[EmidRow] = field(default_factory=list)
    factors: list[FactorRow] = field(default_factory=list)
    worst: list[WorstRow] = field(default_factory=list)
    differences: list[DifferenceRow] = field(default_factory=list)
    inputs: list[InputRow] = field(default_factory=list)
    perplexity: dict[str, float] = field(default_factory=dict)
    """Of the reference replies under q, per split."""


@dataclass(frozen=True)
class Divergences:
    """What the embeddings say, measured once for all models."""

    inputs: Mapping[str, InputShift]
    """Per shift."""
    outputs: Mapping[tuple[str, str], float]
    """JS of replies and references, per (model, split)."""
