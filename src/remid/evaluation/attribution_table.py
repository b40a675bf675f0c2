"""What an attribution says: rows by factor, by dialogue and by slice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from remid.domain.estimate import Estimate, Unit
from remid.information.arrays import FloatArray

Figure = Literal["information", "emi", "emid"]
"""What is divided: the information of one source on one split, R-EMI, or R-EMID."""


@dataclass(frozen=True)
class ShareRow:
    """One figure divided among user, character and dialogue."""

    model: str
    """Or the references."""
    split: str
    unit: Unit
    figure: Figure
    total: Estimate
    """The figure against the partners' contexts; `factors` add up to it."""
    factors: dict[str, Estimate]
    """Shapley value of each factor."""
    others: Estimate
    """The table's figure of these dialogues less `total`: the table sets replies against other
    contexts than the partners'. Its expectation is 0; with it the factors add up to the table."""


# Rows name the unit and the split they are of: a table of all of them can be filtered.
@dataclass(frozen=True)
class FidelityRow:
    """What replies of one source tell of one factor, given the two others."""

    model: str
    """Or the references."""
    split: str
    unit: Unit
    factor: str
    information: Estimate
    """Score under the own context less that with another value of this factor alone."""
    less_reference: Estimate
    """The same less that of the references; of the references themselves 0."""
    beaten: float
    """Share of the swaps that score below the own context; nan where nothing was swapped."""
    swaps: int
    same: int
    """Pairs left out because both dialogues have the same value of the factor."""


# eq=False: arrays have no one truth value.
@dataclass(frozen=True, eq=False)
class DialogueRow:
    """What one dialogue adds to the figures of one model, in one unit."""

    model: str
    split: str
    dialogue: str
    unit: Unit
    term: float
    """R-EMI of this dialogue alone, replies less reference: c_j."""
    emi: float
    """What it adds to R-EMI of its split; the split's dialogues sum to it."""
    emid: float
    """What it adds to R-EMID of its shift: its shortfall from the mean dialogue of ID, over n; the
    shift's dialogues sum to it. nan on ID."""
    factors: dict[str, float]
    """Its R-EMI against its partner's contexts by factor; nan where it has no partner."""
    reply: FloatArray
    """What each scored token of the model's reply adds to `term`."""
    reference: FloatArray
    """What each scored token of the reference takes from it: `term` is the sum of `reply` less the
    sum of `reference`."""


@dataclass(frozen=True)
class SliceRow:
    """A slice of dialogues whose R-EMI differs from that of all others."""

    model: str
    unit: Unit
    attributes: tuple[str, ...]
    inside: float
    rest: float
    difference: Estimate
    """inside - rest; the interval holds for all slices that were searched, of all models."""
    p: float
    """Corrected for the search and for the number of models."""


@dataclass(frozen=True)
class SwapCounts:
    """What was swapped in a split, and what was left out."""

    pairs: int
    alone: int
    """Dialogues without a partner, or whose swapped contexts do not fit the responder whole."""
    traces: int
    formed: int


@dataclass(frozen=True)
class Attribution:
    """All rows but those by dialogue, which are in a file of their own."""

    partners: int
    shares: list[ShareRow] = field(default_factory=list)
    fidelity: list[FidelityRow] = field(default_factory=list)
    slices: list[SliceRow] = field(default_factory=list)
    searched: dict[str, int] = field(default_factory=dict)
    """Model to the slices that were searched."""
    # Dialogues that were left out are shown beside every figure that lacks them.
    counts: Mapping[str, SwapCounts] = field(default_factory=dict)
    """By split."""
