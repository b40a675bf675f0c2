"""Slices of dialogues that differ from the rest, found by a search and corrected for it.

Chung et al. 2020 ("Automated data slicing") search such slices with a t-test each; here all that
were searched are tested together by the largest statistic (Westfall and Young 1993), whose law is
drawn by flipping the signs of whole clusters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import stats

from remid.domain.errors import RemidError
from remid.information.arrays import FloatArray, IntArray, finite

LEAST = 10
"""Fewest dialogues of a slice, and of what it is compared with."""
LEAST_CLUSTERS = 8
"""Fewest clusters of either."""
LEAST_SEARCHED = 20
"""Fewest clusters of all dialogues: with 15, 7% of searches found a false slice."""
CHUNK = 256
"""Sign flips that are held at one time."""

BoolArray = np.ndarray
Label = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice against all other dialogues."""

    attributes: Label
    """``name = value`` of the one or two attributes that all its dialogues have."""
    dialogues: IntArray
    """Which they are, shape (n_in,)."""
    inside: float
    rest: float
    """Mean of the values inside, and of all others."""
    error: float
    """Standard error of inside - rest, by cluster."""
    low: float
    high: float
    """Interval of inside - rest that holds for all slices searched at once."""
    p: float
    """Share of sign flips whose largest statistic, of all slices, is at least this one's."""

    @property
    def difference(self) -> float:
        """Mean inside less that of the rest."""
        return self.inside - self.rest


@dataclass(frozen=True, slots=True)
class Search:
    """What a search over slices found."""

    found: tuple[Slice, ...]
    """Slices that differ at the level asked for, the surest first."""
    searched: int
    """Slices that were looked at, all of which the correction counts."""


def search_slices(
    values: FloatArray,
    attributes: Mapping[str, Sequence[str]],
    *,
    clusters: IntArray | None = None,
    level: float = 0.95,
    flips: int = 2000,
    rng: np.random.Generator,
) -> Search:
    """Search single attributes and pairs of them for slices whose values differ from the rest.

    Parameters
    ----------
    values : one for each dialogue, shape (n,), such as its term of R-EMI.
    attributes : name to the value of every dialogue; an empty text is no value.
    clusters : labels of dialogues that err together, shape (n,); None: each is its own.

    Notes
    -----
    The statistic is the difference of normal scores (van der Waerden) inside and outside over its
    cluster-robust standard error: symmetric whatever the law of the values, which sign flips ask
    for, and no single dialogue makes a slice. Under the hypothesis that no attribute matters, at
    most 1 - level of searches find any slice. A pair is reported only where it differs more surely
    than either of its attributes alone.
    """
    values = finite(values, name="values of the dialogues", rows="dialogue")
    n = values.size
    wrong = [name for name, own in attributes.items() if len(own) != n]
    if wrong or flips < 1:
        raise RemidError(f"slices: {wrong} are not of {n} dialogues, expected a value for each.")
    labels = np.arange(n) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    members = _members(attributes, labels) if np.unique(labels).size >= LEAST_SEARCHED else {}
    if not members:
        return Search((), 0)
    inside = np.array(list(members.values()))
    # van der Waerden: ranks as quantiles of a normal law, so that tails do not matter.
    scores = stats.norm.ppf((stats.rankdata(values) - 0.5) / n)
    # About the mean of both sides together: under the hypothesis they have one.
    sums = _weighted_sums(inside, scores - scores.mean(), labels)
    statistic = _statistics(sums)
    largest = _largest_of_flips(sums, flips, rng)
    # Half-width in standard errors at which all slices are held at once.
    quantile = float(np.quantile(largest, level))
    errors = _errors(inside, values, labels)
    own = dict(zip(members, np.abs(statistic), strict=True))
    found = []
    for k in np.argsort(-np.abs(statistic), kind="stable"):
        name = list(members)[k]
        # Two attributes that together say no more than one of them would fill the list.
        alone = [own.get((part,), 0.0) for part in name] if len(name) > 1 else []
        # The statistic as it is counts as one of the draws: p is never 0.
        p = float((1 + (largest >= abs(statistic[k])).sum()) / (1 + flips))
        if p > 1 - level or any(part >= abs(statistic[k]) for part in alone):
            continue
        means = float(values[inside[k]].mean()), float(values[~inside[k]].mean())
        error, middle = float(errors[k]), means[0] - means[1]
        ends = (middle - quantile * error, middle + quantile * error)
        found.append(Slice(name, np.flatnonzero(inside[k]), *means, error, *ends, p))
    return Search(tuple(found), len(members))


def _members(attributes: Mapping[str, Sequence[str]], labels: IntArray) -> dict[Label, BoolArray]:
    """Every slice that is large enough on either side, the same dialogues once."""
    found: dict[bytes, tuple[Label, BoolArray]] = {}
    n = labels.size

    def add(name: Label, mask: BoolArray) -> None:
        if LEAST <= mask.sum() <= n - LEAST:
            found.setdefault(mask.tobytes(), (name, mask))

    single: list[tuple[str, str, BoolArray]] = []
    for name, own in attributes.items():
        texts = np.array(own, dtype=object)
        for value in sorted({text for text in own if text}):
            mask = np.asarray(texts == value, dtype=bool)
            if mask.sum() >= LEAST:
                single.append((name, value, mask))
                add((f"{name} = {value}",), mask)
    for (name, value, mask), (other, text, beside) in combinations(single, 2):
        if name != other:
            add((f"{name} = {value}", f"{other} = {text}"), mask & beside)
    if not found:
        return {}
    inside = np.array([mask for _, mask in found.values()])
    of_clusters = [(_by_cluster(side * 1.0, labels) > 0).sum(axis=1) for side in (inside, ~inside)]
    enough = np.minimum(*of_clusters) >= LEAST_CLUSTERS
    return {name: mask for (name, mask), large in zip(found.values(), enough, strict=True) if large}


def _by_cluster(values: FloatArray, labels: IntArray) -> FloatArray:
    """Sum the columns (slices, n) of each cluster, (slices, clusters)."""
    clusters = int(labels.max()) + 1
    if clusters == labels.size:
        return values  # each dialogue is its own, and the order of clusters does not matter
    sums: FloatArray = values @ (labels[:, None] == np.arange(clusters)).astype(np.float64)
    return sums


def _weighted_sums(inside: BoolArray, values: FloatArray, labels: IntArray) -> FloatArray:
    """What each cluster adds to the mean inside less that of the rest, (slices, clusters)."""
    count = inside.sum(axis=1, keepdims=True)
    weight = np.where(inside, 1 / count, -1 / (inside.shape[1] - count))
    return _by_cluster(weight * values, labels)


def _errors(inside: BoolArray, values: FloatArray, labels: IntArray) -> FloatArray:
    """Standard error of each difference of means, by cluster, each side about its own mean."""
    middle = np.where(
        inside,
        (inside @ values / inside.sum(axis=1))[:, None],
        (~inside @ values / (~inside).sum(axis=1))[:, None],
    )
    sums = _weighted_sums(inside, values - middle, labels)
    clusters = sums.shape[1]
    found: FloatArray = np.sqrt((sums**2).sum(axis=1) * clusters / (clusters - 1))
    return found


def _statistics(sums: FloatArray) -> FloatArray:
    # The common mean that was taken off takes one of the clusters' degrees of freedom with it.
    clusters = sums.shape[1]
    spread = np.sqrt((sums**2).sum(axis=1) * clusters / (clusters - 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        found: FloatArray = sums.sum(axis=1) / spread
    return np.nan_to_num(found)


def _largest_of_flips(sums: FloatArray, flips: int, rng: np.random.Generator) -> FloatArray:
    """Largest statistic over all slices, of each draw of the clusters' signs, shape (flips,)."""
    spread = np.sqrt((sums**2).sum(axis=1, keepdims=True))
    scaled = np.divide(sums, spread, out=np.zeros_like(sums), where=spread > 0)
    largest = []
    for start in range(0, flips, CHUNK):
        signs = rng.choice([-1.0, 1.0], size=(sums.shape[1], min(CHUNK, flips - start)))
        largest.append(np.abs(scaled @ signs).max(axis=0))
    return np.concatenate(largest)
