"""Jensen-Shannon divergences: of distributions, and of samples through their Gram matrices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remid.domain.errors import RemidError
from remid.information.arrays import FloatArray, finite, listed

SHUFFLES = 19
"""Of each factor among the dialogues of its split, behind `independent`."""
ROUNDING = 1e-9


def representation_js(a: ArrayLike, b: ArrayLike) -> float:
    """Representation JS of two samples of embeddings, in nats (0 to log 2).

    Parameters
    ----------
    a, b : embeddings (n, d) and (m, d); normalised here to unit length.

    Notes
    -----
    H((A + B) / 2) - H(A) / 2 - H(B) / 2 with the von Neumann entropy H of the trace-1 covariance
    operators; on one-hot embeddings it is the JS of the two histograms. Too high at small n: see
    `gram_floor`. (Hoyos-Osorio and Sanchez-Giraldo 2023.)
    """
    return gram_js(stacked_gram(a, b), len(np.asarray(a)))


def stacked_gram(a: ArrayLike, b: ArrayLike) -> FloatArray:
    """Gram matrix (n + m, n + m) of the unit-length rows of a over those of b."""
    first, second = _unit(a), _unit(b)
    if first.shape[1] != second.shape[1]:
        raise RemidError(
            f"embeddings of width {first.shape[1]} and {second.shape[1]}, expected one width: "
            "embed both splits with the same encoder."
        )
    rows = np.concatenate([first, second])
    gram: FloatArray = rows @ rows.T
    return gram


def joint_gram(factors: Sequence[FloatArray]) -> FloatArray:
    """Elementwise product of the factors' Gram matrices: the product kernel, dependence counted."""
    if not factors or any(gram.shape != factors[0].shape for gram in factors):
        shapes = [gram.shape for gram in factors]
        raise RemidError(
            f"joint of factors: Gram matrices {shapes}, expected one shape: embed every factor of "
            "the same dialogues in the same order."
        )
    product: FloatArray = np.prod(np.stack(factors), axis=0)
    return product


def gram_js(gram: FloatArray, n: int) -> float:
    """Representation JS from a stacked Gram matrix whose first n rows are the first sample."""
    mixture = _entropy(np.linalg.eigvalsh(_mixture(gram, n)))
    first = _entropy(np.linalg.eigvalsh(gram[:n, :n] / n))
    second = _entropy(np.linalg.eigvalsh(gram[n:, n:] / (len(gram) - n)))
    return _divergence(mixture, first, second)


def gram_floor(
    gram: FloatArray, n: int, rng: np.random.Generator, *, relabellings: int = 10
) -> float:
    """Mean JS after dealing the rows of a stacked Gram matrix at random to samples of n and m."""
    if min(n, len(gram) - n) < 2:
        raise RemidError(
            f"floor of a divergence: samples of {n} and {len(gram) - n}, expected at least 2 each."
        )
    orders = [rng.permutation(len(gram)) for _ in range(relabellings)]
    return float(np.mean([gram_js(gram[np.ix_(order, order)], n) for order in orders]))


def histogram_js(p: ArrayLike, q: ArrayLike) -> float:
    """Exact JS of two discrete distributions of one shape, in nats."""
    first, second = np.asarray(p, np.float64).ravel(), np.asarray(q, np.float64).ravel()
    return _divergence(_entropy((first + second) / 2), _entropy(first), _entropy(second))


@dataclass(frozen=True, slots=True)
class InputShift:
    """How far the inputs moved, nats: each factor, all together, and what the factors explain."""

    factors: Mapping[str, float]
    joint: float
    independent: float
    """JS of the joint had the factors been independent within each split, at the same sizes."""
    independent_spread: float = 0.0
    """Standard deviation of `independent` over the shuffles; 0 where it is exact."""
    factor_floors: Mapping[str, float] | None = None
    """What each factor's JS shows without any shift at these sample sizes; None where exact."""
    joint_floor: float = np.nan


def input_shift(
    id_factors: Mapping[str, FloatArray],
    shift_factors: Mapping[str, FloatArray],
    *,
    rng: np.random.Generator,
) -> InputShift:
    """Measure the input shift from embeddings (n, d) and (m, d) of each factor.

    `independent` shuffles every factor among the dialogues of its own split, which keeps the
    marginals and the bias of the sample size and breaks the dependence between factors.
    """
    if id_factors.keys() != shift_factors.keys() or not id_factors:
        raise RemidError(
            f"input shift: factors {sorted(id_factors)} and {sorted(shift_factors)}, expected the "
            "same factors for both splits."
        )
    grams = {name: stacked_gram(id_factors[name], shift_factors[name]) for name in id_factors}
    n = len(next(iter(id_factors.values())))
    joint = joint_gram(list(grams.values()))
    shuffled = []
    for _ in range(SHUFFLES):
        broken = []
        for gram in grams.values():
            order = np.concatenate([rng.permutation(n), n + rng.permutation(len(gram) - n)])
            broken.append(gram[np.ix_(order, order)])
        shuffled.append(gram_js(joint_gram(broken), n))
    return InputShift(
        factors={name: gram_js(gram, n) for name, gram in grams.items()},
        joint=gram_js(joint, n),
        independent=float(np.mean(shuffled)),
        independent_spread=float(np.std(shuffled, ddof=1)),
        factor_floors={name: gram_floor(gram, n, rng) for name, gram in grams.items()},
        joint_floor=gram_floor(joint, n, rng),
    )


def _unit(values: ArrayLike) -> FloatArray:
    rows = finite(values, name="embeddings")
    if rows.ndim != 2 or not rows.size:
        raise RemidError(f"embeddings: shape {rows.shape}, expected (dialogues, width).")
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    zero = np.flatnonzero(length == 0)
    if zero.size:
        raise RemidError(
            f"embeddings: row {listed(zero)} is all zero and has no direction: "
            "embed those dialogues again, or leave them out."
        )
    unit: FloatArray = rows / length
    return unit


def _mixture(gram: FloatArray, n: int) -> FloatArray:
    """Gram matrix of (A + B) / 2, each sample with half the weight whatever its size."""
    weight = np.sqrt(np.repeat([1 / (2 * n), 1 / (2 * (len(gram) - n))], [n, len(gram) - n]))
    mixture: FloatArray = gram * weight[:, None] * weight
    return mixture


def _entropy(spectrum: NDArray[np.floating]) -> float:
    """Entropy of eigenvalues that sum to 1; those that rounding put below 0 count for none."""
    positive = spectrum[spectrum > 0]
    return float(-(positive * np.log(positive)).sum())


def _divergence(mixture: float, first: float, second: float) -> float:
    """H of the mixture less the mean H; at or above 0 but for rounding, which becomes 0."""
    divergence = mixture - (first + second) / 2
    if divergence < -ROUNDING:
        raise RemidError(
            f"JS is {divergence} nats, expected at least 0: the matrix is no Gram matrix of "
            "unit-length rows, or the histogram does not sum to 1."
        )
    return max(divergence, 0.0)
