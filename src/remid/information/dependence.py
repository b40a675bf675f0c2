"""Whether the factors of the inputs depend on each other as much under the shift as on ID."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from remid.domain.errors import RemidError
from remid.information.arrays import FloatArray, IntArray
from remid.information.divergence import unit_rows

LEVEL = 0.05
RELABELLINGS = 99
BATCH_ENTRIES = 40_000
"""Entries of a Gram matrix that relabellings are computed on at once: they fit a cache."""
SAME = 1e-9
MINIMUM_CLUSTERS = 20
"""Below this many different clusters in a split nothing is tested: at 8 false alarms were 10-13%."""
MOST_CLUSTERS = 150
"""Of more clusters as many are drawn: the time grows with the square, and these are enough."""


@dataclass(frozen=True, slots=True)
class Strength:
    """How strongly two factors depend on each other: 0 where they do not, 1 where they are one."""

    on_id: float
    on_shift: float


@dataclass(frozen=True, slots=True)
class Dependence:
    """Strengths of every two factors on both sides, and the test that they are alike."""

    pairs: Mapping[str, Strength]
    """``user and dialogue`` to their strengths; without those of a factor that is the same in every
    dialogue of a split."""
    p: float
    """P-value of "every two factors depend on each other alike"; nan where nothing was tested."""

    @property
    def moved(self) -> bool:
        """Whether the dependence is shown to have moved, at 5%."""
        return self.p <= LEVEL

    @property
    def largest(self) -> str:
        """The two factors whose strength moved most."""
        return max(self.pairs, key=lambda k: abs(self.pairs[k].on_id - self.pairs[k].on_shift))


def dependence(
    id_factors: Mapping[str, FloatArray],
    shift_factors: Mapping[str, FloatArray],
    *,
    id_clusters: IntArray | None = None,
    shift_clusters: IntArray | None = None,
    rng: np.random.Generator,
    relabellings: int = RELABELLINGS,
) -> Dependence:
    """Compare the strength of the dependence between every two factors under P and Q.

    Parameters
    ----------
    id_factors, shift_factors : embeddings (n, d) and (m, d) of each factor.
    id_clusters, shift_clusters : label of each dialogue's cluster; of each the first is taken.

    Notes
    -----
    The strength is HSIC, normalised and centred so that its mean is 0 where the factors are
    independent at any sample size (Song et al. 2012; Szekely and Rizzo 2014). Marginals that move
    leave it alone, but for what the kernel sees of them. Each difference is divided by its standard
    error and the sum of squares is compared with that of splits dealt at random from the pooled
    dialogues, each about its split's mean (a studentised permutation test: Chung and Romano 2013).
    It sees two factors at a time: a dependence of three that no two show is not seen. Dialogues
    that both splits share make it cautious.
    """
    if len(id_factors) < 2:
        return Dependence({}, np.nan)
    first = _sides(id_factors, id_clusters, rng)
    second = _sides(shift_factors, shift_clusters, rng)
    n, m = len(first[0]), len(second[0])
    if min(n, m) < MINIMUM_CLUSTERS:
        return Dependence({}, np.nan)
    one, two = (_strengths(np.stack([x @ x.T for x in side])) for side in (first, second))
    names = [f"{a} and {b}" for a, b in combinations(id_factors, 2)]
    pairs = {
        name: Strength(float(a), float(b))
        for name, a, b in zip(names, one.values, two.values, strict=True)
        if np.isfinite(a + b)
    }
    if not pairs:
        return Dependence(pairs, np.nan)
    centred = [
        np.concatenate([a - a.mean(0), b - b.mean(0)]) for a, b in zip(first, second, strict=True)
    ]
    pooled = np.stack([x @ x.T for x in centred])
    seen, beyond = float(_moved(one, two)), 0
    batch = max(1, BATCH_ENTRIES // (n + m) ** 2)
    for start in range(0, relabellings, batch):
        count = min(batch, relabellings - start)
        orders = rng.permuted(np.tile(np.arange(n + m), (count, 1)), axis=1)
        dealt = [
            _strengths(pooled[:, own[:, :, None], own[:, None, :]])
            for own in (orders[:, :n], orders[:, n:])
        ]
        beyond += int((_moved(*dealt) >= seen).sum())
    return Dependence(pairs, (1 + beyond) / (1 + relabellings))


@dataclass(frozen=True, slots=True, eq=False)
class _Strengths:
    """Of every two factors, shape (pairs, ...)."""

    values: FloatArray
    variances: FloatArray


def _sides(
    factors: Mapping[str, FloatArray], clusters: IntArray | None, rng: np.random.Generator
) -> list[FloatArray]:
    """Unit rows of every factor, one dialogue a cluster.

    Two dialogues of one persona with one character are alike in both: counted twice they would
    show a dependence between users and characters that no law of dialogues has.
    """
    rows = [unit_rows(values) for values in factors.values()]
    if len({len(each) for each in rows}) > 1:
        raise RemidError(
            f"dependence of factors: {[len(each) for each in rows]} rows, expected as many of each: "
            "embed every factor of the same dialogues in the same order."
        )
    labels = np.arange(len(rows[0])) if clusters is None else clusters
    kept = np.sort(np.unique(labels, return_index=True)[1])
    if kept.size > MOST_CLUSTERS:
        kept = np.sort(rng.permutation(kept)[:MOST_CLUSTERS])
    return [each[kept] for each in rows]


def _moved(first: _Strengths, second: _Strengths) -> FloatArray:
    """Sum over the pairs of factors of (difference / standard error) squared, where defined."""
    variance = np.maximum(first.variances + second.variances, 1e-12)
    total: FloatArray = np.nansum((first.values - second.values) ** 2 / variance, axis=0)
    return total


def _strengths(grams: FloatArray) -> _Strengths:
    """Strength of every two of k factors and its variance, from Gram matrices (k, ..., n, n)."""
    n = grams.shape[-1]
    centred = _off_diagonal(grams)
    squares = centred * centred
    sizes = squares.sum(axis=(-2, -1))
    values, variances = [], []
    for a, b in combinations(range(len(grams)), 2):
        scale = np.sqrt(sizes[a] * sizes[b])
        # nan where a factor is the same in every dialogue: nothing depends on it
        scale = np.where(scale > SAME, scale, np.nan)
        product = centred[a] * centred[b] / scale[..., None, None]
        value = product.sum(axis=(-2, -1))
        # What the pair (i, j) adds, less what it adds to the scale: its mean is 0.
        halves = [value / 2 / np.where(size > 0, size, np.nan) for size in (sizes[a], sizes[b])]
        product -= squares[a] * halves[0][..., None, None]
        product -= squares[b] * halves[1][..., None, None]
        values.append(value)
        variances.append(_u_variance(n * (n - 1) * product))
    return _Strengths(np.array(values), np.array(variances))


def _off_diagonal(grams: FloatArray) -> FloatArray:
    """Entries off the diagonal less what their row and their column explain, (..., n, n)."""
    off = grams * (1 - np.eye(grams.shape[-1]))
    effect = _effects(off.sum(axis=-1))
    left: FloatArray = off - effect[..., :, None] - effect[..., None, :]
    left *= 1 - np.eye(grams.shape[-1])
    return left


def _effects(sums: FloatArray) -> FloatArray:
    """Least squares of entries (i, j), i != j, by r_i + r_j, from the sums of the rows (..., n)."""
    n = sums.shape[-1]
    effects: FloatArray = (sums - sums.sum(axis=-1, keepdims=True) / (2 * (n - 1))) / (n - 2)
    return effects


def _u_variance(kernel: FloatArray) -> FloatArray:
    """Variance of the mean over pairs of a symmetric kernel, 4 d1 / n + 2 d2 / (n (n - 1)).

    d1 is the variance of what one dialogue adds to its pairs, d2 of what is a pair's own. The
    variance of the rows' means alone counts a pair's own part twice (Hoeffding 1948).
    """
    n = kernel.shape[-1]
    sums = kernel.sum(axis=-1)
    left = (kernel * kernel).sum(axis=(-2, -1)) - 2 * (_effects(sums) * sums).sum(axis=-1)
    own = left / (n * (n - 3))
    rows = (sums / (n - 1)).var(axis=-1, ddof=1)
    single = np.maximum((rows - own * (n - 2) / (n - 1) ** 2) * ((n - 1) / (n - 2)) ** 2, 0)
    variance: FloatArray = 4 * single / n + 2 * own / (n * (n - 1))
    return variance
