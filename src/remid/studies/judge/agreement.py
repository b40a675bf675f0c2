"""Whether R-EMI or R-EMID ranks (model, split) pairs as a judge does."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from remid.domain.errors import RemidError
from remid.domain.estimate import Estimate
from remid.information.arrays import FloatArray, IntArray

MINIMUM_PAIRS = 5


@dataclass(frozen=True)
class Agreement:
    """Correlation of a metric with a judge over (model, split) pairs."""

    pearson: Estimate
    spearman: Estimate
    kendall: Estimate


def agreement(
    metric: ArrayLike,
    judge: ArrayLike,
    *,
    groups: Sequence[str] | None = None,
    level: float = 0.95,
    resamples: int = 2000,
    rng: np.random.Generator,
) -> Agreement:
    """Pearson, Spearman and Kendall between two scores of the same (model, split) pairs.

    Parameters
    ----------
    metric, judge : one value per pair, shape (k,), in the same order.
    groups : what each pair is resampled with, as its split: pairs of one split are scored on the
        same dialogues. None resamples pairs.

    Notes
    -----
    Intervals are percentiles of a bootstrap over the groups. Pairs of one model depend on each
    other too, which no group holds: with few models read the intervals as too narrow.

    Raises
    ------
    RemidError : shapes differ, fewer than 5 pairs or groups, a value that is not finite, or a
        constant score.
    """
    x, y = _checked(metric, judge)
    rows = _resampled(x.size, groups, resamples, rng)
    return Agreement(
        **{f.name: _estimate([x], y, f.name, rows, level) for f in fields(Agreement)}  # type: ignore[arg-type]
    )


def agreement_difference(
    metric: ArrayLike,
    other: ArrayLike,
    judge: ArrayLike,
    *,
    groups: Sequence[str] | None = None,
    level: float = 0.95,
    resamples: int = 2000,
    rng: np.random.Generator,
) -> Agreement:
    """Agreement of `metric` less that of `other` with one judge, on the same resamples.

    Above 0 the first follows the judge more closely; parameters and errors as `agreement`.
    """
    x, y = _checked(metric, judge)
    z, _ = _checked(other, judge)
    rows = _resampled(x.size, groups, resamples, rng)
    return Agreement(
        **{f.name: _estimate([x, z], y, f.name, rows, level) for f in fields(Agreement)}  # type: ignore[arg-type]
    )


def _checked(metric: ArrayLike, judge: ArrayLike) -> tuple[FloatArray, FloatArray]:
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
    return x, y


def _resampled(
    size: int, groups: Sequence[str] | None, resamples: int, rng: np.random.Generator
) -> list[IntArray]:
    """Rows of each resample: whole groups, drawn with replacement."""
    labels = np.arange(size) if groups is None else np.asarray(groups)
    if labels.shape != (size,):
        raise RemidError(f"agreement: {labels.size} groups for {size} pairs; name one for each.")
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    if len(members) < MINIMUM_PAIRS:
        raise RemidError(
            f"agreement: {len(members)} groups to resample, expected {MINIMUM_PAIRS} or more: "
            "judge more splits."
        )
    drawn = rng.integers(0, len(members), size=(resamples, len(members)))
    return [np.concatenate([members[k] for k in row]) for row in drawn]


def _estimate(
    metrics: Sequence[FloatArray],
    judge: FloatArray,
    name: str,
    rows: Sequence[IntArray],
    level: float,
) -> Estimate:
    """One coefficient, or the first metric's less the second's."""

    def value(row: IntArray | slice) -> float:
        found = [_coefficient(name, metric[row], judge[row]) for metric in metrics]
        return found[0] - sum(found[1:])

    # A resample in which a score is constant has no coefficient and says nothing.
    drawn = [
        value(row) for row in rows if all(np.ptp(score[row]) > 0 for score in (*metrics, judge))
    ]
    lost = len(rows) - len(drawn)
    note = f"{lost} of {len(rows)} resamples hold a constant score and are left out" if lost else ""
    if not drawn:
        return Estimate(value(slice(None)), np.nan, np.nan, np.nan, judge.size, level, note)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    error = float(np.std(drawn))
    return Estimate(value(slice(None)), error, float(low), float(high), judge.size, level, note)


def _coefficient(name: str, x: FloatArray, y: FloatArray) -> float:
    # As scipy.stats gives them, ties included; its own take a millisecond for their p-values.
    if name == "pearson":
        return _cosine(x - x.mean(), y - y.mean())
    if name == "spearman":
        return _coefficient("pearson", stats.rankdata(x), stats.rankdata(y))
    return _cosine(np.sign(x[:, None] - x).ravel(), np.sign(y[:, None] - y).ravel())


def _cosine(x: FloatArray, y: FloatArray) -> float:
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))
