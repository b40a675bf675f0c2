"""The worst case over shifts, with the maximum taken inside the bootstrap."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from remid.domain.errors import RemidError
from remid.information.arrays import FloatArray
from remid.information.emi import Emid
from remid.information.interval import Measured


@dataclass(frozen=True, slots=True)
class WorstCase:
    """The largest R-EMID over the shifts."""

    shift: str
    """The shift whose estimate is largest."""
    estimate: Measured
    """Its value, too high by selection, and an interval for the largest *true* value."""
    median_unbiased: float
    """The largest value corrected for the selection: above the truth at most half the time."""


def worst_case(
    emids: Mapping[str, Emid],
    *,
    rng: np.random.Generator,
    resamples: int = 2000,
) -> WorstCase:
    """Worst-case risk: max over shifts of R-EMID, of one model.

    The bootstrap weights clusters, ID's once for all shifts, and takes the maximum of the
    studentised errors in each replicate. low = max_s (value_s - c se_s) with c the quantile of
    that maximum, high = max_s (value_s + t se_s): an intersection needs no correction. Coverage
    is therefore at least nominal (Chernozhukov, Lee and Rosen 2013 for the construction).

    Raises
    ------
    RemidError : no shift, or shifts that were not measured against one ID result.
    """
    if not emids:
        raise RemidError("worst case: no shift given, expected at least one R-EMID.")
    results = list(emids.values())
    id_result = results[0].id_result
    if any(result.id_result is not id_result for result in results):
        raise RemidError(
            "worst case: the shifts have different ID results, expected one: build every R-EMID "
            "of a model from the same emi(...) result on ID."
        )
    values = np.array([result.value for result in results])
    worst = int(values.argmax())
    shift, level, n = list(emids)[worst], results[0].level, results[worst].n
    unknown = [name for name, result in emids.items() if not result.standard_error > 0]
    if unknown:
        note = f"no standard error for {', '.join(unknown)}"
        nothing = Measured(float(values[worst]), np.nan, np.nan, np.nan, n, level, note)
        return WorstCase(shift, nothing, np.nan)

    errors = np.array([result.standard_error for result in results])
    degrees = np.array([result.degrees for result in results])
    # Errors of the shifts are correlated through ID: their joint law comes from the bootstrap.
    maxima = _maxima(results, resamples=resamples, rng=rng)

    def lower(share: float) -> FloatArray:
        # The bootstrap's normal scale, read through each shift's own t distribution.
        tail = stats.norm.cdf(np.quantile(maxima, share))
        ends: FloatArray = values - stats.t.ppf(tail, degrees) * errors
        return ends

    low = lower((1 + level) / 2)
    high = values + stats.t.ppf((1 + level) / 2, degrees) * errors
    interval = Measured(
        float(values[worst]),
        float(errors[worst]),
        float(low.max()),
        float(high.max()),
        n,
        level,
        "the value is selected as the largest; the interval allows for it",
        float(degrees[worst]),
    )
    return WorstCase(shift, interval, float(lower(0.5).max()))


def _maxima(results: list[Emid], *, resamples: int, rng: np.random.Generator) -> FloatArray:
    """Per replicate, the largest studentised error over the shifts.

    A multiplier bootstrap: every cluster has one weight, whichever splits it is in, so that ID's
    dialogues, and twins, err alike under all shifts.
    """
    parts = [result.contributions for result in results]
    labels = np.unique(np.concatenate([part.labels for part in parts]))
    # Gaussian multipliers (Chernozhukov, Chetverikov and Kato 2013), one a cluster in all shifts.
    weights = rng.standard_normal((resamples, labels.size))
    maxima = np.full(resamples, -np.inf)
    for part in parts:
        error = weights[:, np.searchsorted(labels, part.labels)] @ part.values
        maxima = np.maximum(maxima, error / np.sqrt((part.values**2).sum()))
    return maxima
