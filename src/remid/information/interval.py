"""Standard errors, intervals and tests that resample dialogues, rows and columns together.

vCLUB is an incomplete two-sample U-statistic of one sample: a negative pair belongs to two
dialogues. Leaving a dialogue out (with its row and its column) gives its influence; the squares of
the influences count what two terms share once for each dialogue that they share, so a pair's own
noise is counted twice. `uncertainty` takes the second count off, which makes the variance
unbiased, and pays for it in degrees of freedom. docs/validation.md has the measured coverage.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse, stats

from remid.domain.errors import RemidError
from remid.domain.estimate import Estimate
from remid.information.arrays import FloatArray, IntArray

MINIMUM_DIALOGUES = 8
"""Coverage was measured from here up; at 8 the intervals are too wide (docs/validation.md)."""


@dataclass(frozen=True, slots=True)
class Measured(Estimate):
    """An estimate with the degrees of freedom of its standard error."""

    degrees: float = np.nan
    """Of the t distribution behind [low, high]; nan where there is no interval."""


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """What each dialogue, and each pair of dialogues, contributes to the error of an estimate.

    Leading axes, if any, run over independent data sets of one design.
    """

    dialogues: FloatArray
    """Scaled influence, shape (..., N); its squares add up to the jackknife variance."""
    pairs: FloatArray
    """The part that two dialogues contribute jointly, shape (..., G)."""
    keys: IntArray
    """The two dialogues of each of those, the smaller first, shape (G, 2)."""
    blocks: IntArray
    """Which splits of a difference a dialogue is in, as bits; 0 in a single split."""


@dataclass(frozen=True, slots=True, eq=False)
class Uncertainty:
    """Variance of an estimate and its degrees of freedom, shape (...,)."""

    variance: FloatArray
    degrees: FloatArray


def influence(positive: FloatArray, pairs: IntArray, negative: FloatArray) -> FloatArray:
    """(n - 1) times what vCLUB loses when a dialogue leaves, its row and column with it."""
    n, m = positive.shape[-1], negative.shape[-1]
    error = negative - negative.mean(-1, keepdims=True)
    uses = np.bincount(pairs.ravel(), minlength=n)
    touched = _sums(error, pairs.T.ravel(), n)
    with np.errstate(divide="ignore", invalid="ignore"):
        own: FloatArray = positive - positive.mean(-1, keepdims=True)
        change: FloatArray = own - (n - 1) / (m - uses) * touched
    return change


def components(positive: FloatArray, pairs: IntArray, negative: FloatArray) -> Components:
    """Components of vCLUB over scores (..., n), pairs (m, 2) and negatives (..., m)."""
    n, m = positive.shape[-1], negative.shape[-1]
    change = influence(positive, pairs, negative)
    change = change - change.mean(-1, keepdims=True)
    keys, place = np.unique(np.sort(pairs, axis=1), axis=0, return_inverse=True)
    error = negative - negative.mean(-1, keepdims=True)
    return Components(
        dialogues=change / np.sqrt(n * (n - 1)),
        pairs=_sums(-error, place.ravel(), len(keys)) / m,
        keys=keys,
        blocks=np.zeros(n, dtype=np.int64),
    )


def subtract(first: Components, second: Components, common: IntArray | None = None) -> Components:
    """Components of a difference of two splits, paired at the dialogues in `common`.

    Parameters
    ----------
    common : (c, 2) rows (dialogue of `first`, dialogue of `second`) that are one dialogue; none
        means independent splits. The first split keeps its numbering.
    """
    n, m = first.dialogues.shape[-1], second.dialogues.shape[-1]
    shared = _common(common, n, m)
    label = np.full(m, -1)
    label[shared[:, 1]] = shared[:, 0]
    alone = label < 0
    label[alone] = n + np.arange(alone.sum())
    return combine([first, second], [1, -1], [np.arange(n), label])


def combine(
    parts: Sequence[Components], weights: Sequence[float], labels: Sequence[IntArray]
) -> Components:
    """Components of a weighted sum of estimates on splits that may have dialogues in common.

    Parameters
    ----------
    labels : for each split the number of each of its dialogues, shape (n,); a dialogue has the
        same number in every split that it is in. Numbers run from 0 without a gap.
    """
    for own in labels:
        if np.unique(own).size < own.size:
            raise RemidError(
                f"common dialogues: a split of {own.size} dialogues names "
                f"{np.unique(own).size}, expected each once: give each a number of its own."
            )
    size = 1 + max(int(own.max()) for own in labels)
    leading = parts[0].dialogues.shape[:-1]
    dialogues, blocks = np.zeros((*leading, size)), np.zeros(size, dtype=np.int64)
    for k, (part, weight, own) in enumerate(zip(parts, weights, labels, strict=True)):
        dialogues[..., own] += weight * part.dialogues
        blocks[own] |= 1 << k
    renamed = [np.sort(own[part.keys], axis=1) for part, own in zip(parts, labels, strict=True)]
    scaled = [weight * part.pairs for part, weight in zip(parts, weights, strict=True)]
    keys, place = np.unique(np.concatenate(renamed), axis=0, return_inverse=True)
    pairs = _sums(np.concatenate(scaled, axis=-1), place.ravel(), len(keys))
    return Components(dialogues, pairs, keys, blocks)


def uncertainty(parts: Components) -> Uncertainty:
    """Variance and degrees of freedom.

    The jackknife variance less the second count of every pair. In expectation that leaves at
    least half, since no term belongs to more than two dialogues; a single estimate is let down
    to a quarter, because a stop at the half would make it too large on average where pairs are
    most of the noise. Degrees of freedom after Satterthwaite, the subtracted part taken as known.
    """
    squares = parts.dialogues**2
    jackknife: FloatArray = squares.sum(-1)
    variance = np.maximum(jackknife - (parts.pairs**2).sum(-1), jackknife / 4)
    spread = np.zeros_like(jackknife)
    for block in np.unique(parts.blocks):
        members = parts.blocks == block
        spread += squares[..., members].sum(-1) ** 2 / max(int(members.sum()) - 1, 1)
    with np.errstate(invalid="ignore"):
        return Uncertainty(variance, np.maximum(variance, jackknife / 2) ** 2 / spread)


def measured(value: float, parts: Components, *, n: int, level: float) -> Measured:
    """An estimate with its t interval, or with nan and the reason where there is none."""
    if not 0 < level < 1:
        raise RemidError(f"level is {level}, expected a share between 0 and 1 such as 0.95.")
    if n < MINIMUM_DIALOGUES:
        note = f"{n} dialogues are too few for an interval; it takes {MINIMUM_DIALOGUES}"
        return Measured(value, np.nan, np.nan, np.nan, n, level, note)
    spread = uncertainty(parts)
    if not np.isfinite(spread.variance):
        note = "one dialogue is in every negative pair, so none can be left out"
        return Measured(value, np.nan, np.nan, np.nan, n, level, note)
    if spread.variance == 0:
        note = "every dialogue gives the same score, so nothing varies"
        return Measured(value, 0.0, value, value, n, level, note)
    error, degrees = float(np.sqrt(spread.variance)), float(spread.degrees)
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
        growth = n / result.n
        quantile = stats.t.ppf((1 + result.level) / 2, result.degrees * growth)
        return float(result.standard_error / np.sqrt(growth) * quantile)

    low, high = MINIMUM_DIALOGUES - 1, MINIMUM_DIALOGUES
    while reached(high) > half_width:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) <= half_width else (middle, high)
    return high


def _sums(values: FloatArray, place: IntArray, size: int) -> FloatArray:
    """Sum values (..., m) into `size` places; `place` may run over the values more than once."""
    m = values.shape[-1]
    source = np.arange(place.size) % m
    gather = sparse.csr_matrix((np.ones(place.size), (place, source)), shape=(size, m))
    flat = values.reshape(-1, m)
    sums: FloatArray = (gather @ flat.T).T.reshape(*values.shape[:-1], size)
    return sums


def _common(common: IntArray | None, n: int, m: int) -> IntArray:
    shared = np.zeros((0, 2), dtype=np.int64) if common is None else np.asarray(common)
    inside = shared.ndim == 2 and shared.shape[1] == 2 and (shared >= 0).all()
    if (
        not inside
        or (shared >= [n, m]).any()
        or any(np.unique(side).size < side.size for side in shared.T)
    ):
        raise RemidError(
            f"common dialogues: shape {shared.shape} over splits of {n} and {m}, expected rows "
            "(dialogue of the first split, of the second) that name each dialogue once at most."
        )
    return shared
