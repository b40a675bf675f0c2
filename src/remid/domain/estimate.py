"""A figure with its uncertainty."""

from dataclasses import dataclass
from typing import Literal

Unit = Literal["nats_per_token", "nats_per_reply"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A point estimate, its standard error and its interval.

    ``nan`` in ``standard_error``, ``low`` or ``high`` means undefined, and ``note`` says why.
    """

    value: float
    standard_error: float
    low: float
    high: float
    n: int
    """Number of dialogues behind the figure."""
    level: float = 0.95
    """Nominal coverage of [low, high]."""
    note: str = ""
