"""The estimator ablation: perplexity of the reference replies under variants of q."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from remid.domain.errors import RemidError
from remid.domain.estimate import Estimate
from remid.information.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class References:
    """Log-probabilities of the reference replies of one group of splits."""

    tokens: IntArray
    """Tokens of each reply with its end of turn, shape (n,)."""
    clusters: Sequence[str]
    """What each dialogue is built from; those that share it are not independent. n of them."""
    sums: Mapping[str, FloatArray]
    """Variant to log q in nats per reply, shape (seeds, n)."""


@dataclass(frozen=True)
class Gap:
    """How much larger one variant's perplexity is than that of the full estimator."""

    ratio: Estimate
    """Of the perplexities; 1 is no difference."""
    by_seed: list[float]
    """The same for each training seed alone."""


@dataclass(frozen=True)
class Row:
    """The ablation on one group of splits."""

    group: str
    perplexity: dict[str, Estimate]
    """Per variant, the geometric mean over seeds."""
    by_seed: dict[str, list[float]]
    against_full: dict[str, Gap]
    """Every other variant, paired by dialogue."""


def ablate(group: str, references: References, *, full: str, level: float) -> Row:
    """Perplexities and paired ratios with t intervals over dialogues.

    Seeds are averaged first (their log-probabilities), so that an interval speaks of other
    dialogues and of these seeds.

    Raises
    ------
    RemidError
        When there are less than two independent dialogues.
    """
    sums = references.sums
    return Row(
        group,
        {name: _exp_mean(-own.mean(0), references, level) for name, own in sums.items()},
        {name: _perplexities(own, references.tokens) for name, own in sums.items()},
        {
            name: Gap(
                # log of a ratio of perplexities = difference of mean losses, on the same tokens.
                _exp_mean((sums[full] - own).mean(0), references, level),
                _perplexities(own - sums[full], references.tokens),
            )
            for name, own in sums.items()
            if name != full
        },
    )


def _perplexities(sums: FloatArray, tokens: IntArray) -> list[float]:
    values: list[float] = np.exp(-sums.sum(1) / tokens.sum()).tolist()
    return values


def _exp_mean(losses: FloatArray, references: References, level: float) -> Estimate:
    """Exp of the losses' mean per token; its interval is that of a ratio of means, linearised.

    With e_c the loss of cluster c less the mean times its tokens, the variance is
    k / (k - 1) * sum e_c^2 / (sum of tokens)^2 over k clusters, on k - 1 degrees of freedom.
    """
    total = float(references.tokens.sum())
    mean = float(losses.sum()) / total
    # Dialogues that share their reference err together: k clusters, not n dialogues.
    names, place = np.unique(np.asarray(references.clusters), return_inverse=True)
    k = len(names)
    if k < 2:
        raise RemidError(
            f"ablation: {k} independent dialogues in a group, expected at least 2; raise "
            "reply.dialogues_per_split."
        )
    # e_c, summed by cluster.
    error = np.bincount(place, weights=losses - mean * references.tokens)
    spread = float(np.sqrt(k / (k - 1) * (error**2).sum())) / total
    # On the log scale, where the interval of a perplexity is symmetric.
    half = spread * float(stats.t.ppf((1 + level) / 2, k - 1))
    value = float(np.exp(mean))
    return Estimate(
        value, value * spread, float(np.exp(mean - half)), float(np.exp(mean + half)), k, level
    )
