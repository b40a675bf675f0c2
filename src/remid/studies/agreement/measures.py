"""What is set beside a rating: numbers of one reply, from its scores token by token."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remid.information.arrays import FloatArray

MEASURES: Mapping[str, str] = {
    "R-EMI per token": "information per token less that of the reference",
    "R-EMI per token, copied": "of it, tokens copied from the own dialogue",
    "R-EMI per token, novel": "of it, the other tokens",
    "R-EMI per reply": "information per reply less that of the reference",
    "R-EMI per reply, copied": "of it, tokens copied from the own dialogue",
    "R-EMI per reply, novel": "of it, the other tokens",
    "information per token": "log q under the own context less the mean under others', per token",
    "information per token, copied": "of it, copied tokens",
    "information per token, novel": "of it, the other tokens",
    "information per reply": "the same, nats per reply",
    "information per reply, copied": "of it, copied tokens",
    "information per reply, novel": "of it, the other tokens",
    "order of words": "log q of a token less that with the words shuffled",
    "log-perplexity": "minus the mean log q of a token under the own context; low is fluent",
    "length": "tokens",
    "tokens copied": "share copied from the own dialogue",
    "echo": "cosine of the encoder between the reply and the user's last turn",
}
"""Name of a measure and what it is."""


@dataclass(frozen=True, eq=False)
class ReplyScores:
    """Log q of the tokens of one reply, nats."""

    positive: FloatArray
    """Under its own context, shape (tokens,)."""
    negative: FloatArray
    """Under other contexts, shape (negatives, tokens)."""
    copied: NDArray[np.bool_]
    """Tokens that are copied from its own dialogue, shape (tokens,)."""
    shuffled: FloatArray
    """Mean of a token with the words shuffled, under its own context, shape (shuffles,)."""

    @property
    def terms(self) -> FloatArray:
        """What each token adds to the information of the reply; nan without a negative."""
        if not len(self.negative):
            return np.full(self.positive.shape, np.nan)
        # log q(t | own context) - mean over others: token by token, so that parts add up.
        own: FloatArray = self.positive - self.negative.mean(0)
        return own

    @property
    def beaten(self) -> float:
        """Share of the other contexts under which the reply is less probable than under its own."""
        if not len(self.negative):
            return np.nan
        return float((self.negative.sum(1) < self.positive.sum()).mean())


def measures(own: ReplyScores, reference: ReplyScores | None, echo: float) -> dict[str, float]:
    """Every measure of `MEASURES` of one reply; nan where it has no reference.

    Copied and novel parts add up to the whole, term by term.
    """
    found = {}
    # R-EMI is the information of the reply less that of the reference, each in both units.
    mine = _informations(own)
    theirs = None if reference is None else _informations(reference)
    for name, value in mine.items():
        found[f"information {name}"] = value
        found[f"R-EMI {name}"] = np.nan if theirs is None else value - theirs[name]
    found |= {
        "order of words": float(own.positive.mean() - own.shuffled.mean()),
        "log-perplexity": float(-own.positive.mean()),
        "length": float(own.positive.size),
        "tokens copied": float(own.copied.mean()),
        "echo": echo,
    }
    return {name: found[name] for name in MEASURES}


def _informations(own: ReplyScores) -> dict[str, float]:
    terms, tokens = own.terms, own.positive.size
    parts = {
        "": terms.sum(),
        ", copied": terms[own.copied].sum(),
        ", novel": terms[~own.copied].sum(),
    }
    # Without a negative nothing is known, copied or novel: nan, not 0.
    if np.isnan(terms).any():
        parts = dict.fromkeys(parts, np.nan)
    return {
        f"per {unit}{part}": float(value / by)
        for unit, by in (("token", tokens), ("reply", 1))
        for part, value in parts.items()
    }


def columns(rows: Sequence[Mapping[str, float]]) -> dict[str, FloatArray]:
    """Turn measures by reply into an array for each measure."""
    return {name: np.array([row[name] for row in rows]) for name in MEASURES}
