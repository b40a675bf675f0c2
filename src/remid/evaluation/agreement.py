"""Whether R-EMI or R-EMID ranks (model, split) pairs as a judge does."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from remid.domain.errors import RemidError
from remid.domain.estimate import Estimate
from remid.information.arrays import FloatArray

Coefficient = Literal["pearson", "spearman", "kendall"]
MINIMUM_PAIRS = 5


@dataclass(frozen=True)
class Agreement:
    """Correlation of a metric with a judge over (model, split) pairs."""

    pearson: Estimate
    spearman: Estimate
    kendall: Estimate


def agreement(
    metric: ArrayLike, judge: ArrayLike, *, level: float = 0.95, resamples: int = 2000,
    rng: np.random.Generator,
) -> Agreement:  # fmt: skip
    """Pearson, Spearman and Kendall between two scores of the same (model, split) pairs.

    Parameters
    ----------
    metric, judge : one value per pair, shape (k,), in the same order.

    Notes
    -----
    Intervals are percentiles of a bootstrap over pairs. Pairs of one model or one split are not
    independent, so with few models read them as too narrow.

    Raises
    ------
    RemidError : shapes differ, fewer than 5 pairs, a value that is not finite, or a constant score.
    """
    x, y = np.asarray(metric, dtype=float), np.asarray(judge, dtype=float)
    if x.shape != y.shape or x.ndim != 1 or x.size < MINIMUM_PAIRS:
        raise RemidError(
            f"agreement: shapes {x.shape} and {y.shape}, expected two of (k,) with k >= "
            f"{MINIMUM_PAIRS}: give one value per (model, split) pair to both."
        )
    wrong = np.flatnonzero(~(np.isfinite(x) & np.isfinite(y)))
    if wrong.size:
        raise RemidError(f"agreement: pair {wrong[0]} is not finite; leave it out of both scores.")
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        raise RemidError("agreement: a constant score has no correlation; use pairs that differ.")
    rows = rng.integers(0, x.size, size=(resamples, x.size))
    return Agreement(
        **{name: _estimate(name, x, y, rows, level) for name in ("pearson", "spearman", "kendall")}
    )


def _estimate(
    name: Coefficient, x: FloatArray, y: FloatArray, rows: np.ndarray, level: float
) -> Estimate:
    value = _coefficient(name, x, y)
    # A resample in which one score is constant has no coefficient and says nothing.
    drawn = [
        _coefficient(name, x[row], y[row])
        for row in rows
        if np.ptp(x[row]) > 0 and np.ptp(y[row]) > 0
    ]
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, float(np.std(drawn)), float(low), float(high), x.size, level)


def _coefficient(name: Coefficient, x: FloatArray, y: FloatArray) -> float:
    method = {"pearson": stats.pearsonr, "spearman": stats.spearmanr, "kendall": stats.kendalltau}
    return float(method[name](x, y).statistic)
