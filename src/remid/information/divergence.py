"""Jensen-Shannon divergences: of distributions, and of samples through their Gram matrices."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remid.domain.errors import RemidError
from remid.information.arrays import FloatArray, IntArray, finite, listed

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
    first, second = unit_rows(a), unit_rows(b)
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
    # Of the Gram matrix instead of the covariance: n x n, not 384 x 384, and no embedding is needed.
    mixture = _entropy(np.linalg.eigvalsh(_mixture(gram, n)))
    first = _entropy(np.linalg.eigvalsh(gram[:n, :n] / n))
    second = _entropy(np.linalg.eigvalsh(gram[n:, n:] / (len(gram) - n)))
    return _divergence(mixture, first, second)


def gram_terms(gram: FloatArray, n: int) -> FloatArray:
    """What each dialogue adds to the JS, shape (n + m,): half the mean of either sample's is the JS.

    JS = [E_A <x| log A - log M |x> + E_B <x| log B - log M |x>] / 2 with the operators A, B and
    M = (A + B) / 2: a mean over dialogues, whose spread is the JS's own to first order (the
    derivative of an entropy -tr(A log A) along x is what x adds, less the entropy).
    """
    m = len(gram) - n
    own = np.concatenate(
        [_logs(gram[:n, :n], np.full(n, 1 / n)), _logs(gram[n:, n:], np.full(m, 1 / m))]
    )
    halves = np.repeat([1 / (2 * n), 1 / (2 * m)], [n, m])
    return own - _logs(gram, halves)


def gram_influence(gram: FloatArray, n: int) -> FloatArray:
    """What leaving each dialogue out takes from the JS, as terms like those of `gram_terms`.

    At small n those are too alike, since A, B and M are estimated from the very dialogues that they
    are applied to: leaving one out shows what it changes. The time grows with the fourth power of n.
    """
    # Jackknife: n (JS - JS without j) is what j adds, up to a constant that is taken off below.
    whole, size = gram_js(gram, n), len(gram)
    left = np.empty(size)
    for row in range(size):
        kept = np.delete(np.arange(size), row)
        left[row] = whole - gram_js(gram[np.ix_(kept, kept)], n - (row < n))
    terms = 2 * left * np.repeat([n - 1, size - n - 1], [n, size - n])
    sides = np.split(terms, [n])
    return np.concatenate([whole + side - side.mean() for side in sides])


def gram_floor(
    gram: FloatArray,
    n: int,
    rng: np.random.Generator,
    *,
    relabellings: int = 10,
    paired: bool = False,
) -> float:
    """Mean JS after dealing the rows of a stacked Gram matrix at random to samples of n and m.

    Where row k of one sample belongs to row k of the other (`paired`: a reply and a reference to
    one dialogue), the two are exchanged or not, which keeps what they have in common.
    """
    m = len(gram) - n
    if min(n, m) < 2:
        raise RemidError(
            f"floor of a divergence: samples of {n} and {m}, expected at least 2 each."
        )
    if paired and n != m:
        raise RemidError(
            f"floor of a paired divergence: samples of {n} and {m}, expected as many of each."
        )

    def dealt() -> IntArray:
        if not paired:
            return rng.permutation(n + m)
        exchanged, rows = rng.random(n) < 1 / 2, np.arange(n)
        return np.concatenate([rows + n * exchanged, rows + n * ~exchanged])

    # Under no shift every dealing is as likely as the one seen: their mean is the bias.
    orders = [dealt() for _ in range(relabellings)]
    return float(np.mean([gram_js(gram[np.ix_(order, order)], n) for order in orders]))


def histogram_js(p: ArrayLike, q: ArrayLike) -> float:
    """Exact JS of two discrete distributions of one shape, in nats."""
    first, second = np.asarray(p, np.float64).ravel(), np.asarray(q, np.float64).ravel()
    return _divergence(_entropy((first + second) / 2), _entropy(first), _entropy(second))


def unit_rows(values: ArrayLike) -> FloatArray:
    """`values` (n, d), each row divided by its length."""
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
    # X diag(w) X' and diag(w)^1/2 X'X diag(w)^1/2 have the same eigenvalues but for zeros.
    weight = np.sqrt(np.repeat([1 / (2 * n), 1 / (2 * (len(gram) - n))], [n, len(gram) - n]))
    mixture: FloatArray = gram * weight[:, None] * weight
    return mixture


def _logs(gram: FloatArray, weights: FloatArray) -> FloatArray:
    """<x_i| log M |x_i> of M = sum_i w_i |x_i><x_i|, shape (n,), from the Gram matrix."""
    root = np.sqrt(weights)
    spectrum, vectors = np.linalg.eigh(gram * root[:, None] * root)
    # Gram matrices have no eigenvalue below 0; rounding makes some of -1e-17.
    spectrum = np.maximum(spectrum, 0.0)
    logs = np.log(spectrum, out=np.zeros_like(spectrum), where=spectrum > 0)
    found: FloatArray = (vectors**2 @ (spectrum * logs)) / weights
    return found


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
