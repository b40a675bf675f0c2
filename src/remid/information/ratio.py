"""Ratio of two informations on the same dialogues, with Fieller's interval."""

import numpy as np
from scipy import stats

from remid.information.arrays import FloatArray, IntArray
from remid.information.emi import EmiResult, averaged
from remid.information.interval import MINIMUM_DIALOGUES, Contributions, Measured, combine

UNDEFINED = "what it is divided by is not shown to be above 0"


def ratio(above: EmiResult, below: EmiResult) -> Measured:
    """``above / below`` of results on the same dialogues, free of their unit.

    Fieller (1954): all rho for which mean(a) - rho mean(b) is not shown to differ from 0. The two
    are correlated through their dialogues, which the interval takes into account.

    Returns
    -------
    Measured
        nan with a note where the interval would be unbounded: `below` is not shown to be above 0.
    """
    a, b = float(above.terms.mean), float(below.terms.mean)
    n, level = above.estimate.n, above.estimate.level
    if n < MINIMUM_DIALOGUES or not below.estimate.low > 0:
        value = a / b if b > 0 else np.nan
        return Measured(value, np.nan, np.nan, np.nan, n, level, below.estimate.note or UNDEFINED)
    first, second = combine([above.terms], [1]), combine([below.terms], [1])
    # Both means are over the same clusters, so both have these.
    degrees = below.estimate.degrees
    t = float(stats.t.ppf((1 + level) / 2, degrees))
    aa, ab, bb = (_covariance(x, y) for x, y in ((first, first), (first, second), (second, second)))
    # (b^2 - t^2 bb) rho^2 - 2 (a b - t^2 ab) rho + (a^2 - t^2 aa) <= 0
    lead, middle, last = b * b - t * t * bb, a * b - t * t * ab, a * a - t * t * aa
    if not lead > 0:
        return Measured(a / b, np.nan, np.nan, np.nan, n, level, UNDEFINED)
    root = float(np.sqrt(max(middle * middle - lead * last, 0.0)))
    rho = a / b
    error = float(np.sqrt(max(aa - 2 * rho * ab + rho * rho * bb, 0.0))) / b
    return Measured(
        rho, error, (middle - root) / lead, (middle + root) / lead, n, level, "", degrees
    )


def linear_ratio(above: EmiResult, below: EmiResult) -> EmiResult | None:
    """The same ratio as a mean of terms, by the delta method, so that ratios can be subtracted.

    r_j = rho + (a_j - rho b_j) / mean(b): their mean is rho = mean(a) / mean(b), their variance that
    of the linearised ratio. None where `below` is not shown to be above 0.
    """
    if not below.estimate.low > 0:
        return None
    b = float(below.terms.mean)
    rho = float(above.terms.mean) / b
    values: FloatArray = rho + (above.terms.values - rho * below.terms.values) / b
    clusters: IntArray = above.terms.clusters
    return averaged(values, clusters=clusters, level=above.estimate.level)


def _covariance(first: Contributions, second: Contributions) -> float:
    return float((first.values * second.values).sum())
