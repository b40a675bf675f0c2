"""Whether two scores of the same things rank them alike, with intervals by resampling groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from remid.domain.errors import RemidError
from remid.domain.estimate import Estimate
from remid.information.arrays import FloatArray, IntArray
from remid.studies.agreement.resampled import (
    COEFFICIENTS,
    Coefficient,
    Resampled,
    of_means,
    of_rows,
    resampled,
)

MINIMUM_PAIRS = 5
MINIMUM_SYSTEMS = 3
Draws = Mapping[Coefficient, FloatArray]
"""A coefficient of the sample, then of every resample, shape (1 + resamples,)."""


@dataclass(frozen=True)
class Agreement:
    """Correlation of two scores of the same things."""

    pearson: Estimate
    spearman: Estimate
    kendall: Estimate


@dataclass(frozen=True)
class Ceiling:
    """How well one rater agrees with the mean of the others: what a metric can hope for."""

    mean: Agreement
    """Mean over the raters."""
    by_rater: dict[str, dict[str, float]]
    """Rater to each coefficient."""
    left_out: tuple[str, ...]
    """Raters with too few ratings beside another's, or who gave everything one rating."""


def agreement(
    metric: ArrayLike,
    judge: ArrayLike,
    *,
    groups: Sequence[str] | None = None,
    level: float = 0.95,
    resamples: int = 2000,
    rng: np.random.Generator,
) -> Agreement:
    """Pearson, Spearman and Kendall between two scores of the same pairs or replies.

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
    # Sample first, then both coefficients on one set of resamples.
    x, y = _checked(metric, judge)
    sample = _sample(x.size, groups, resamples, rng)
    return _estimates(of_rows(x, y, sample), x.size, level)


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
    sample = _sample(x.size, groups, resamples, rng)
    first, second = of_rows(x, y, sample), of_rows(z, y, sample)
    return _estimates({name: first[name] - second[name] for name in COEFFICIENTS}, x.size, level)


def system_agreement(
    metric: ArrayLike,
    judge: ArrayLike,
    *,
    systems: Sequence[str],
    groups: Sequence[str],
    level: float = 0.95,
    resamples: int = 2000,
    rng: np.random.Generator,
) -> Agreement:
    """Agreement between the systems' means of two scores of their replies.

    A resample of the groups (contexts) gives the means anew; the systems stay the same, so an
    interval speaks of other contexts and of these systems. ``n`` counts the systems.

    Raises
    ------
    RemidError : as `agreement`, and for fewer than 3 systems.
    """
    x, y = _checked(metric, judge)
    units, count = _units(systems)
    sample = _sample(x.size, groups, resamples, rng)
    return _estimates(of_means(x, y, units, sample), count, level)


def ceiling(
    ratings: FloatArray,
    raters: Sequence[str],
    *,
    systems: Sequence[str] | None = None,
    groups: Sequence[str],
    level: float = 0.95,
    resamples: int = 2000,
    rng: np.random.Generator,
) -> Ceiling:
    """Agreement of each rater with the mean of the rest, on the replies that both rated.

    Parameters
    ----------
    ratings : shape (n, raters), nan where a rater did not rate a reply.
    systems : of each reply, for the agreement of systems' means; None for that of replies.

    Raises
    ------
    RemidError : no rater has 5 ratings beside another's, or too few systems or groups.
    """
    sample = _sample(len(ratings), groups, resamples, rng)
    # Raters need not have rated everything.
    given = np.isfinite(ratings)
    rated_twice = given.sum(1) > 1
    units, n = (None, int(rated_twice.sum())) if systems is None else _units(systems)
    total = np.where(given, ratings, 0).sum(1)
    found: dict[str, Draws] = {}
    for k, rater in enumerate(raters):
        rows = np.flatnonzero(given[:, k] & rated_twice)
        own = ratings[rows, k]
        # Mean of the others: with the rater inside, one would agree with oneself.
        rest = (total[rows] - own) / (given[rows].sum(1) - 1)
        if (draws := _of_rater(own, rest, rows, units, sample)) is not None:
            found[rater] = draws
    if not found:
        raise RemidError(
            f"no rater has {MINIMUM_PAIRS} different ratings of replies that another rated too."
        )
    mean = {name: _mean([own[name] for own in found.values()]) for name in COEFFICIENTS}
    return Ceiling(
        _estimates(mean, n, level),
        {
            rater: {name: float(own[name][0]) for name in COEFFICIENTS}
            for rater, own in found.items()
        },
        tuple(rater for rater in raters if rater not in found),
    )


def _of_rater(
    own: FloatArray, rest: FloatArray, rows: IntArray, units: IntArray | None, sample: Resampled
) -> Draws | None:
    if own.size < MINIMUM_PAIRS or np.ptp(own) == 0 or np.ptp(rest) == 0:
        return None
    if units is None:
        return of_rows(own, rest, sample.rows(rows))
    rated, place = np.unique(units[rows], return_inverse=True)
    if rated.size < MINIMUM_SYSTEMS:
        return None
    # Systems are numbered anew: a rater may not have seen all of them.
    draws = of_means(own, rest, place.astype(np.int64), sample.rows(rows))
    return None if any(np.isnan(values[0]) for values in draws.values()) else draws


def _mean(every: Sequence[FloatArray]) -> FloatArray:
    """Mean over the raters who have a coefficient in a resample; nan where none has."""
    stacked = np.stack(every)
    has = ~np.isnan(stacked)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: FloatArray = np.where(has, stacked, 0).sum(0) / has.sum(0)
    return mean


def _checked(metric: ArrayLike, judge: ArrayLike) -> tuple[FloatArray, FloatArray]:
    x, y = np.asarray(metric, dtype=float), np.asarray(judge, dtype=float)
    if x.shape != y.shape or x.ndim != 1 or x.size < MINIMUM_PAIRS:
        raise RemidError(
            f"agreement: shapes {x.shape} and {y.shape}, expected two of (k,) with k >= "
            f"{MINIMUM_PAIRS}: give one value per (model, split) pair, or per reply, to both."
        )
    wrong = np.flatnonzero(~(np.isfinite(x) & np.isfinite(y)))
    if wrong.size:
        raise RemidError(f"agreement: pair {wrong[0]} is not finite; leave it out of both scores.")
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        raise RemidError("agreement: a constant score has no correlation; use pairs that differ.")
    return x, y


def _units(systems: Sequence[str]) -> tuple[IntArray, int]:
    """Number of each reply's system, and how many systems there are."""
    units = np.unique(np.asarray(systems), return_inverse=True)[1].astype(np.int64)
    count = int(units.max()) + 1
    if count < MINIMUM_SYSTEMS:
        raise RemidError(
            f"agreement: {count} systems, expected {MINIMUM_SYSTEMS} or more: rate more systems."
        )
    return units, count


def _sample(
    size: int, groups: Sequence[str] | None, resamples: int, rng: np.random.Generator
) -> Resampled:
    """Whole groups, drawn with replacement."""
    labels = np.arange(size) if groups is None else np.asarray(groups)
    if labels.shape != (size,):
        raise RemidError(f"agreement: {labels.size} groups for {size} pairs; name one for each.")
    count = np.unique(labels).size
    if count < MINIMUM_PAIRS:
        raise RemidError(
            f"agreement: {count} groups to resample, expected {MINIMUM_PAIRS} or more: "
            "judge more splits, or rate more contexts."
        )
    return resampled(labels, resamples, rng)


def _estimates(draws: Draws, n: int, level: float) -> Agreement:
    return Agreement(**{name: _estimate(values, n, level) for name, values in draws.items()})


def _estimate(values: FloatArray, n: int, level: float) -> Estimate:
    """A coefficient with the percentiles of its resamples."""
    value, every = float(values[0]), values[1:]
    # A resample in which a score is constant has no coefficient and says nothing.
    drawn = every[~np.isnan(every)]
    lost = every.size - drawn.size
    note = (
        f"{lost} of {every.size} resamples hold a constant score and are left out" if lost else ""
    )
    if not drawn.size:
        return Estimate(value, np.nan, np.nan, np.nan, n, level, note)
    # Percentiles: coefficients are skewed near 1, and never leave [-1, 1].
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, float(np.std(drawn)), float(low), float(high), n, level, note)
