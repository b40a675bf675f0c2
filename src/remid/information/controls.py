"""Controls whose answer is known, and the smallest loss that a run would have seen.

Positive: replies replaced by those of other dialogues carry nothing of their own; the loss must be
found. Negative: two halves of one split differ by nothing; no loss may be found.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from remid.information.arrays import FloatArray, IntArray
from remid.information.club import PairScores
from remid.information.interval import (
    MINIMUM_CLUSTERS,
    MINIMUM_DIALOGUES,
    Measured,
    Terms,
    combine,
    uncertainty,
)

ALPHA = 0.05
"""Size of every test here, before its correction."""
POWER = 0.8


def detectable(result: Measured, *, tests: int = 1) -> float:
    """Smallest true loss that would have been found with 80% power, in the unit of `result`.

    (t_{1 - alpha/(2m)} + t_{0.8}) x standard error, at the estimate's own degrees of freedom.

    Parameters
    ----------
    tests : m, the size of the family. Holm's first step asks alpha/m of the smallest p-value and
        later steps ask less, so the figure is what one loss alone among m nothings must have.

    Returns
    -------
    nan where there is no standard error.
    """
    if not result.standard_error > 0:
        return np.nan
    # The sum of two quantiles stands in for the noncentral t: 0.5% off at 7 degrees of freedom.
    quantiles = stats.t.ppf([1 - ALPHA / (2 * tests), POWER], result.degrees)
    return float(quantiles.sum() * result.standard_error)


@dataclass(frozen=True, slots=True, eq=False)
class Lenders:
    """Where each dialogue can borrow a reply whose scores exist already."""

    pair: IntArray
    """Row of the negative pair (i, j) by which dialogue i borrows reply j, shape (n,); -1: none."""
    order: IntArray
    """The dialogues that can borrow, in the order in which they do."""


def lenders(scores: PairScores, rng: np.random.Generator) -> Lenders:
    """Draw from which negative pair each dialogue borrows.

    A pair (i, j) lends reply j to dialogue i if j has another negative context left, which the
    borrowed reply is then centred on.
    """
    uses = np.bincount(scores.pairs[:, 1], minlength=scores.n)
    chosen = np.full(scores.n, -1, dtype=np.int64)
    # In a random order of the pairs the last one of each context stays.
    rows = rng.permutation(np.flatnonzero(uses[scores.pairs[:, 1]] > 1))
    chosen[scores.pairs[rows, 0]] = rows
    return Lenders(chosen, rng.permutation(np.flatnonzero(chosen >= 0)))


def replaced_terms(scores: PairScores, lent: Lenders, count: int) -> FloatArray:
    """Terms of vCLUB where the first `count` dialogues of the order answer by another's reply, (n,).

    Dialogue i with the reply of j has the term S[i, j] - mean over the other contexts k in N(j) of
    S[k, j]: all of them foreign to the reply, so that its expectation is 0 whatever q is. No pair
    is scored anew: a borrowed reply is centred on its own negatives as every reply is.
    """
    values = scores.terms.copy()
    uses = np.bincount(scores.pairs[:, 1], minlength=scores.n)
    sums = np.bincount(scores.pairs[:, 1], weights=scores.negative, minlength=scores.n)
    who = lent.order[:count]
    row = lent.pair[who]
    reply, own = scores.pairs[row, 1], scores.negative[row]
    values[who] = own - (sums[reply] - own) / (uses[reply] - 1)
    return values


@dataclass(frozen=True, slots=True)
class Halves:
    """What comparing halves of one split found."""

    splits: int
    """Random splits into halves; 0 where there was too little for an interval in each."""
    found: int
    """How many of them differ at 5%."""
    note: str = ""

    @property
    def share(self) -> float:
        """Share found: near 5% or below, or the intervals are too narrow; nan where none."""
        return self.found / self.splits if self.splits else np.nan


def halves(terms: Terms, *, splits: int, rng: np.random.Generator) -> Halves:
    """Split the clusters at random into halves, test their difference, and count what is found.

    The same data are dealt again and again, so the splits are not independent: of one data set the
    count varies more than a binomial's.
    """
    labels = np.unique(terms.clusters)
    values, spreads = [], []
    for _ in range(splits):
        first = np.isin(terms.clusters, rng.permutation(labels)[: labels.size // 2])
        parts = [Terms(terms.values[side], terms.clusters[side]) for side in (first, ~first)]
        n = min(part.values.size for part in parts)
        if n < MINIMUM_DIALOGUES or labels.size // 2 < MINIMUM_CLUSTERS:
            note = (
                f"{labels.size} clusters of {terms.values.size} dialogues are too few for two "
                f"halves of {MINIMUM_DIALOGUES} dialogues in {MINIMUM_CLUSTERS} clusters"
            )
            return Halves(0, 0, note)
        values.append(float(parts[0].mean - parts[1].mean))
        spreads.append(uncertainty(combine(parts, [1, -1])))
    variance = np.array([own.variance for own in spreads])
    degrees = np.array([own.degrees for own in spreads])
    # A split that varies nowhere has no p-value, and has found nothing.
    with np.errstate(invalid="ignore", divide="ignore"):
        p = 2 * stats.t.sf(np.abs(values) / np.sqrt(variance), degrees)
    return Halves(splits, int((p < ALPHA).sum()))
