"""Correlations on many resamples at once: a resample is a weight on every group of rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from remid.information.arrays import FloatArray, IntArray

Coefficient = Literal["pearson", "spearman", "kendall"]
COEFFICIENTS: tuple[Coefficient, ...] = ("pearson", "spearman", "kendall")
_AT_ONCE = 1 << 22
"""Numbers held at once."""
_CONSTANT = 1e-12
"""Share of a score's variance below which a resample's is rounding."""


@dataclass(frozen=True, eq=False)
class Resampled:
    """How often each resample holds each group of rows."""

    place: IntArray
    """Group of each row, shape (n,)."""
    weights: FloatArray
    """Shape (1 + resamples, groups); the first is the sample itself, all ones."""

    def rows(self, kept: IntArray) -> "Resampled":
        """The same resamples of some of the rows."""
        return Resampled(self.place[kept], self.weights)


def resampled(
    groups: Sequence[str] | IntArray, resamples: int, rng: np.random.Generator
) -> Resampled:
    """Draw whole groups with replacement, as many as there are."""
    place = np.unique(np.asarray(groups), return_inverse=True)[1].astype(np.int64)
    count = int(place.max()) + 1
    # Counts instead of copies: a resample is a weight on every group.
    drawn = rng.integers(0, count, size=(resamples, count))
    weights = np.ones((resamples + 1, count))
    for row, own in zip(weights[1:], drawn, strict=True):
        row[:] = np.bincount(own, minlength=count)
    return Resampled(place, weights)


def of_rows(x: FloatArray, y: FloatArray, sample: Resampled) -> Mapping[Coefficient, FloatArray]:
    """Coefficients between two scores of the same rows, each of shape (1 + resamples,).

    nan where a resample holds a constant score. Ties count as in scipy.
    """
    x, y = _standard(x), _standard(y)
    found: dict[Coefficient, list[FloatArray]] = {"pearson": [], "spearman": []}
    step = max(1, _AT_ONCE // x.size)
    for start in range(0, len(sample.weights), step):
        weights = sample.weights[start : start + step][:, sample.place]
        found["pearson"].append(_pearson(x, y, weights))
        found["spearman"].append(_pearson(_ranks(x, weights), _ranks(y, weights), weights))
    return {name: np.concatenate(parts) for name, parts in found.items()} | {
        "kendall": _kendall(x, y, sample)
    }


def of_means(
    x: FloatArray, y: FloatArray, units: IntArray, sample: Resampled
) -> Mapping[Coefficient, FloatArray]:
    """The same between the means of units (systems), which each resample gives anew.

    Parameters
    ----------
    units : number of each row's unit, shape (n,).
    """
    a, b = (_means(values, units, sample) for values in (_standard(x), _standard(y)))
    whole = np.ones_like(a)
    first, second = (
        np.where(np.isnan(values), np.nan, stats.rankdata(values, axis=1)) for values in (a, b)
    )
    signs = np.zeros((3, len(a)))
    for k in range(a.shape[1]):
        left, right = np.sign(a[:, [k]] - a), np.sign(b[:, [k]] - b)
        signs += [(left * right).sum(1), (left * left).sum(1), (right * right).sum(1)]
    return {
        "pearson": _pearson(a, b, whole),
        "spearman": _pearson(first, second, whole),
        "kendall": _cosine(*signs),
    }


def _standard(values: FloatArray) -> FloatArray:
    """Centre and scale, so that a variance of rounding errors can be told from one."""
    centred: FloatArray = values - values.mean()
    spread = float(np.sqrt((centred**2).mean()))
    return centred / spread if spread > 0 else centred


def _pearson(x: FloatArray, y: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted correlation along the last axis; x and y of shape (n,) or that of the weights."""
    total = weights.sum(-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        a = x - (weights * x).sum(-1, keepdims=True) / total
        b = y - (weights * y).sum(-1, keepdims=True) / total
        return _cosine(
            *((weights * left * right).sum(-1) for left, right in ((a, b), (a, a), (b, b)))
        )


def _cosine(product: FloatArray, first: FloatArray, second: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.clip(product / np.sqrt(first * second), -1, 1)
    sound: FloatArray = np.where((first > _CONSTANT) & (second > _CONSTANT), value, np.nan)
    return sound


def _ranks(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Rank of each value among the rows that a resample holds, ties sharing theirs."""
    unique, place = np.unique(values, return_inverse=True)
    counts = np.zeros((len(weights), unique.size))
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(unique.size))
    counts = np.add.reduceat(weights[:, order], starts, axis=1)
    ranks: FloatArray = (np.cumsum(counts, axis=1) - (counts - 1) / 2)[:, place]
    return ranks


def _kendall(x: FloatArray, y: FloatArray, sample: Resampled) -> FloatArray:
    """Tau-b as quadratic forms in the groups' weights: pairs of rows are compared only once."""
    order = np.argsort(sample.place, kind="stable")
    place, x, y = sample.place[order], x[order], y[order]
    groups, starts = np.unique(place, return_index=True)
    forms = np.zeros((3, groups.size, groups.size))
    for g, (start, end) in enumerate(zip(starts, [*starts[1:], place.size], strict=True)):
        left, right = np.sign(x[start:end, None] - x), np.sign(y[start:end, None] - y)
        for form, signs in zip(forms, (left * right, left * left, right * right), strict=True):
            form[g] = np.add.reduceat(signs.sum(0), starts)
    weights = sample.weights[:, groups]
    return _cosine(*(((weights @ form) * weights).sum(1) for form in forms))


def _means(values: FloatArray, units: IntArray, sample: Resampled) -> FloatArray:
    """Mean of each unit in each resample, shape (1 + resamples, units); nan where it has no row."""
    shape = (sample.weights.shape[1], int(units.max()) + 1)
    sums, counts = np.zeros(shape), np.zeros(shape)
    np.add.at(sums, (sample.place, units), values)
    np.add.at(counts, (sample.place, units), 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        means: FloatArray = (sample.weights @ sums) / (sample.weights @ counts)
    # Means that are equal on paper must stay ties.
    return means.round(12)
