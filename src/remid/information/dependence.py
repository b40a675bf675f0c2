"""Whether the factors of the inputs depend on each other as much under the shift as on ID."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from remid.domain.errors import RemidError
from remid.information.arrays import FloatArray, IntArray
from remid.information.divergence import unit_rows

LEVEL = 0.05
RELABELLINGS = 199
SAME = 1e-9
MINIMUM_CLUSTERS = 8
"""Below this many different clusters in a split nothing is tested."""


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
    first = _sides(id_factors, id_clusters)
    second = _sides(shift_factors, shift_clusters)
    n, m = len(first[0]), len(second[0])
    one, two = (_strengths([x @ x.T for x in side]) for side in (first, second))
    names = [f"{a} and {b}" for a, b in combinations(id_factors, 2)]
    pairs = {
        name: Strength(float(a), float(b))
        for name, a, b in zip(names, one.values, two.values, strict=True)
        if np.isfinite(a + b)
    }
    if min(n, m) < MINIMUM_CLUSTERS or not pairs:
        return Dependence(pairs, np.nan)
    centred = [
        np.concatenate([a - a.mean(0), b - b.mean(0)]) for a, b in zip(first, second, strict=True)
    ]
    pooled = [x @ x.T for x in centred]
    seen, beyond = _moved(one, two), 0
    for _ in range(relabellings):
        order = rng.permutation(n + m)
        dealt = [
            _strengths([gram[np.ix_(own, own)] for gram in pooled])
            for own in (order[:n], order[n:])
        ]
        beyond += _moved(*dealt) >= seen
    return Dependence(pairs, (1 + beyond) / (1 + relabellings))


@dataclass(frozen=True, slots=True, eq=False)
class _Strengths:
    values: FloatArray
    variances: FloatArray


def _sides(factors: Mapping[str, FloatArray], clusters: IntArray | None) -> list[FloatArray]:
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
    if clusters is None:
        return rows
    kept = np.sort(np.unique(clusters, return_index=True)[1])
    return [each[kept] for each in rows]


def _moved(first: _Strengths, second: _Strengths) -> float:
    """Sum over the pairs of factors of (difference / standard error) squared, where defined."""
    variance = np.maximum(first.variances + second.variances, 1e-12)
    return float(np.nansum((first.values - second.values) ** 2 / variance))


def _strengths(grams: Sequence[FloatArray]) -> _Strengths:
    """Strength of every two factors from their Gram matrices (n, n), with its variance."""
    centred = [_off_diagonal(gram) for gram in grams]
    n, sizes = len(centred[0]), [float((each * each).sum()) for each in centred]
    values, variances = [], []
    for a, b in combinations(range(len(centred)), 2):
        scale = np.sqrt(sizes[a] * sizes[b])
        if not scale > SAME:  # a factor is the same in every dialogue: nothing depends on it
            values.append(np.nan)
            variances.append(np.nan)
            continue
        product = centred[a] * centred[b] / scale
        value = float(product.sum())
        # What the pair (i, j) adds, less what it adds to the scale: its mean is 0.
        each = product - value / 2 * (centred[a] ** 2 / sizes[a] + centred[b] ** 2 / sizes[b])
        values.append(value)
        variances.append(_u_variance(n * (n - 1) * each))
    return _Strengths(np.array(values), np.array(variances))


def _off_diagonal(gram: FloatArray) -> FloatArray:
    """Entries off the diagonal less what their row and their column explain."""
    n = len(gram)
    off = gram - np.diag(np.diag(gram))
    rows = off.sum(axis=1)
    effect = (rows - rows.sum() / (2 * (n - 1))) / (n - 2)
    left: FloatArray = off - effect[:, None] - effect
    np.fill_diagonal(left, 0)
    return left


def _u_variance(kernel: FloatArray) -> float:
    """Variance of the mean over pairs of a symmetric kernel, 4 d1 / n + 2 d2 / (n (n - 1)).

    d1 is the variance of what one dialogue adds to its pairs, d2 of what is a pair's own. The
    variance of the rows' means alone counts a pair's own part twice (Hoeffding 1948).
    """
    n = len(kernel)
    own = float((_off_diagonal(kernel) ** 2).sum()) / (n * (n - 3))
    rows = float((kernel.sum(axis=1) / (n - 1)).var(ddof=1))
    single = max((rows - own * (n - 2) / (n - 1) ** 2) * ((n - 1) / (n - 2)) ** 2, 0.0)
    return 4 * single / n + 2 * own / (n * (n - 1))
