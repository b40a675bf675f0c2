"""Standard errors, intervals and tests, from what each dialogue adds to an estimate.

Every estimate here is a weighted sum of means over splits of terms, one for each dialogue
(`remid.information.club.terms`). Dialogues of one cluster (a persona with a character, a
conversation, a dialogue and its rewriting or twin in another split) err together: their terms are
summed before they are squared. docs/validation.md has the derivation and the measured coverage.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from remid.domain.errors import RemidError
from remid.domain.estimate import Estimate
from remid.information.arrays import FloatArray, IntArray

MINIMUM_DIALOGUES = 8
"""Coverage was measured from here up (docs/validation.md)."""
MINIMUM_CLUSTERS = 4


@dataclass(frozen=True, slots=True)
class Measured(Estimate):
    """An estimate with the degrees of freedom of its standard error."""

    degrees: float = np.nan
    """Of the t distribution behind [low, high]; nan where there is no interval."""


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """One split: what each dialogue adds to an estimate, whose value is their mean.

    Leading axes, if any, run over independent data sets of one design.
    """

    values: FloatArray
    """Shape (..., n)."""
    clusters: IntArray
    """Label of each dialogue's cluster, shape (n,); equal labels in two splits are one cluster."""

    @property
    def mean(self) -> FloatArray:
        """The estimate, shape (...,)."""
        found: FloatArray = self.values.mean(-1)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Contributions:
    """What each cluster contributes to the error of an estimate."""

    labels: IntArray
    """The clusters, ascending, shape (G,)."""
    values: FloatArray
    """Shape (..., G); their squares add up to the variance."""
    blocks: IntArray
    """Which of the splits a cluster is in, as bits, shape (G,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Uncertainty:
    """Variance of an estimate and its degrees of freedom, shape (...,)."""

    variance: FloatArray
    degrees: FloatArray


def combine(parts: Sequence[Terms], weights: Sequence[float]) -> Contributions:
    """Contributions to a weighted sum of the means of several splits.

    In each split the centred terms are summed by cluster and scaled by sqrt(G / (G - 1)) / n, so
    that one split of n clusters has the variance s^2 / n; clusters that several splits share add
    up before they are squared, which takes their covariance off a difference.
    """
    labels = np.unique(np.concatenate([part.clusters for part in parts]))
    total = np.zeros((*parts[0].values.shape[:-1], labels.size))
    blocks = np.zeros(labels.size, dtype=np.int64)
    for k, (part, weight) in enumerate(zip(parts, weights, strict=True)):
        # r_j = c_j - mean(c): the estimate is mean(c), so these are its errors to first order.
        centred = part.values - part.values.mean(-1, keepdims=True)
        # Column of `total` for each dialogue: one cluster has one column in every split.
        place = np.searchsorted(labels, part.clusters)
        own = np.unique(place)
        n, groups = part.values.shape[-1], own.size
        sums = np.zeros_like(total)
        np.add.at(np.moveaxis(sums, -1, 0), place, np.moveaxis(centred, -1, 0))
        # G / (G - 1) undoes the bias of squares about an estimated mean (Bessel, by cluster).
        scale = np.sqrt(groups / (groups - 1)) / n if groups > 1 else np.nan
        total += weight * scale * sums
        # Bit k: the cluster is in split k. Equal bits mean equal pairing.
        blocks[own] |= 1 << k
    return Contributions(labels, total, blocks)


def uncertainty(parts: Contributions) -> Uncertainty:
    """Variance, and degrees of freedom after Satterthwaite over the sets of splits.

    One split has as many as its clusters less one; two splits without common clusters have
    Welch's; two that share all clusters those of their paired differences.
    """
    squares = parts.values**2
    variance: FloatArray = squares.sum(-1)
    spread = np.zeros_like(variance)
    for block in np.unique(parts.blocks):
        members = parts.blocks == block
        # Satterthwaite (1946): nu = (sum_k v_k)^2 / sum_k (v_k^2 / nu_k), v_k of one set of splits.
        spread += squares[..., members].sum(-1) ** 2 / max(int(members.sum()) - 1, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return Uncertainty(variance, variance**2 / spread)


def estimate(parts: Sequence[Terms], weights: Sequence[float], *, n: int, level: float) -> Measured:
    """Weighted sum of the means of several splits, of one data set, with its t interval."""
    value = sum(w * float(part.mean) for w, part in zip(weights, parts, strict=True))
    clusters = min(np.unique(part.clusters).size for part in parts)
    return measured(float(value), combine(parts, weights), n=n, clusters=clusters, level=level)


def measured(
    value: float, parts: Contributions, *, n: int, clusters: int, level: float
) -> Measured:
    """An estimate with its t interval, or with nan and the reason where there is none."""
    if not 0 < level < 1:
        raise RemidError(f"level is {level}, expected a share between 0 and 1 such as 0.95.")
    if n < MINIMUM_DIALOGUES:
        note = f"{n} dialogues are too few for an interval; it takes {MINIMUM_DIALOGUES}"
        return Measured(value, np.nan, np.nan, np.nan, n, level, note)
    if clusters < MINIMUM_CLUSTERS:
        note = f"{clusters} clusters are too few for an interval; it takes {MINIMUM_CLUSTERS}"
        return Measured(value, np.nan, np.nan, np.nan, n, level, note)
    spread = uncertainty(parts)
    if spread.variance == 0:
        note = "every dialogue gives the same score, so nothing varies"
        return Measured(value, 0.0, value, value, n, level, note)
    error, degrees = float(np.sqrt(spread.variance)), float(spread.degrees)
    # t, not normal: at n = 8 the normal interval covers 91% where 95% is said.
    half = error * float(stats.t.ppf((1 + level) / 2, degrees))
    return Measured(value, error, value - half, value + half, n, level, "", degrees)


def p_value(result: Measured) -> float:
    """Two-sided p-value of "the true value is 0"; nan where there is no standard error."""
    if not result.standard_error > 0:
        return np.nan
    return float(2 * stats.t.sf(abs(result.value) / result.standard_error, result.degrees))


def holm(p_values: Sequence[float] | FloatArray) -> FloatArray:
    """P-values corrected after Holm (1979), in the given order; a nan stays and is not counted."""
    given = np.asarray(p_values, dtype=np.float64)
    corrected = np.full(given.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(given))
    order = tested[np.argsort(given[tested], kind="stable")]
    # Step down: the k-th smallest of m is multiplied by m - k + 1, and never falls below an earlier one.
    scaled = given[order] * np.arange(order.size, 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(scaled), 1)
    return corrected


def required_dialogues(result: Measured, half_width: float) -> int:
    """Dialogues for an interval of +- `half_width`, all splits grown in proportion.

    Counts what ``result.n`` counts, and supposes that the dialogues to come are like those seen.
    """
    if not half_width > 0 or not result.standard_error > 0:
        raise RemidError(
            f"half width {half_width} from a standard error of {result.standard_error}: expected "
            "both above 0: measure at least a few more dialogues first."
        )

    def reached(n: int) -> float:
        # Standard errors fall with the root of n, and the t quantile with its degrees.
        growth = n / result.n
        quantile = stats.t.ppf((1 + result.level) / 2, result.degrees * growth)
        return float(result.standard_error / np.sqrt(growth) * quantile)

    # Double until it is enough, then halve the gap: the width falls monotonically with n.
    low, high = MINIMUM_DIALOGUES - 1, MINIMUM_DIALOGUES
    while reached(high) > half_width:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) <= half_width else (middle, high)
    return high
