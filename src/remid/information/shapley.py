"""Shapley values: how much of a reply's information is about each factor of its context.

v(T) is the information of a reply about the factors in T when the others are redrawn: the score of
reply j under a context whose factors in T are its own and whose others come, all together, from a
dialogue i, less its score under i's whole context. So v(none) = 0 and v(all) is vCLUB on the same
pairs. The redrawing is *interventional*: factors outside of T come from their joint law whatever T
holds (Janzing et al. 2020, "Feature relevance quantification"). docs/attribution.md says what that
credits where factors depend on each other.
"""

from dataclasses import dataclass
from functools import cache
from math import factorial

import numpy as np

from remid.domain.errors import RemidError
from remid.information.arrays import FloatArray, IntArray, finite


@dataclass(frozen=True, slots=True, eq=False)
class SwapScores:
    """Scores of replies under contexts put together from two dialogues; checks itself.

    Coalition T is a number whose bit f says that factor f is the reply's own. Leading axes of
    `values`, if any, run over independent data sets of one design.
    """

    pairs: IntArray
    """(other dialogue i, reply j), shape (m, 2); every reply occurs."""
    values: FloatArray
    """Score of reply j with the factors in T its own and the others i's, shape (..., 2^k, m)."""
    n: int
    """Number of replies."""

    def __post_init__(self) -> None:
        values = np.asarray(self.values, dtype=np.float64)
        pairs = np.asarray(self.pairs, dtype=np.int64)
        finite(np.moveaxis(values, -1, 0), name="scores under swapped contexts", rows="pair")
        # A power of two: every set of factors, the empty and the whole one among them.
        coalitions = values.shape[-2]
        if coalitions < 2 or coalitions & (coalitions - 1) or pairs.shape != (values.shape[-1], 2):
            raise RemidError(
                f"swapped scores: shape {values.shape} for pairs {pairs.shape}, expected one score "
                "for each of 2^k coalitions and each pair."
            )
        # A reply without a pair has no game of its own, and a mean over nothing is no 0.
        uses = np.bincount(pairs[:, 1], minlength=self.n)
        if uses.size != self.n or not uses.all() or (pairs[:, 0] == pairs[:, 1]).any():
            raise RemidError(
                f"swapped scores: {int((uses > 0).sum())} of {self.n} replies have another dialogue "
                "to swap with, expected all: draw the pairs with partner_pairs, and leave out "
                "dialogues without a partner."
            )
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "pairs", pairs)

    @property
    def factors(self) -> int:
        """Number of factors, k."""
        return int(self.values.shape[-2]).bit_length() - 1

    def per_token(self, tokens: IntArray) -> "SwapScores":
        """Divide each score by the token count (n,) of its reply."""
        return SwapScores(self.pairs, self.values / tokens[self.pairs[:, 1]], self.n)

    def minus(self, other: "SwapScores") -> "SwapScores":
        """Scores of `self` less those of `other`, on the same pairs: of R-EMI."""
        if not np.array_equal(self.pairs, other.pairs):
            raise RemidError(
                "two sets of swapped scores on different pairs, expected the same: score both "
                "with one draw of partner_pairs."
            )
        return SwapScores(self.pairs, self.values - other.values, self.n)

    def by_reply(self, values: FloatArray) -> FloatArray:
        """Mean over each reply's pairs, (..., m) to (..., n)."""
        sums = np.zeros((*values.shape[:-1], self.n))
        np.add.at(np.moveaxis(sums, -1, 0), self.pairs[:, 1], np.moveaxis(values, -1, 0))
        means: FloatArray = sums / np.bincount(self.pairs[:, 1], minlength=self.n)
        return means


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What each reply adds to each factor's Shapley value; their means are the values."""

    factors: FloatArray
    """Shape (..., k, n); the sum over factors is `total`, reply by reply."""
    total: FloatArray
    """v(all) of each reply, shape (..., n): its term of vCLUB on these pairs."""


def shapley(scores: SwapScores) -> Shared:
    """Divide the information of each reply among the factors, in the scores' unit.

    phi_z = sum over T without z of |T|! (k - |T| - 1)! / k! [v(T + z) - v(T)]   (Shapley 1953)

    Every v is centred on the reply's own score under the whole other context, on the same pair: what
    replies differ by in level leaves every term, and what the other dialogue does alone most of it.
    Unbiased for the enumerated values under every law of the pairs, for one pair a reply or more.

    Legend: k factors, m pairs, n replies.
    """
    # v(T) of each pair: the empty coalition comes off, so that v(none) is 0.
    games = scores.values - scores.values[..., :1, :]
    by_reply = scores.by_reply(games)  # (..., 2^k, m) -> (..., 2^k, n)
    shared: FloatArray = np.einsum("zt,...tn->...zn", weights(scores.factors), by_reply)
    return Shared(shared, by_reply[..., -1, :])


@cache
def weights(factors: int) -> FloatArray:
    """Shapley values as a linear map of the 2^k coalition values, shape (k, 2^k)."""
    out = np.zeros((factors, 1 << factors))
    for coalition in range(1 << factors):
        size = coalition.bit_count()
        for factor in range(factors):
            if coalition >> factor & 1:
                # |T| counts the factor itself here: T without it has one fewer.
                count = factorial(size - 1) * factorial(factors - size)
                out[factor, coalition] = count / factorial(factors)
            else:
                count = factorial(size) * factorial(factors - size - 1)
                out[factor, coalition] = -count / factorial(factors)
    return out


@dataclass(frozen=True, slots=True, eq=False)
class SwappedAlone:
    """What replies tell of one factor, given all the others."""

    replies: IntArray
    """The replies that have a pair with another value of the factor, shape (r,)."""
    terms: FloatArray
    """What each adds: its own score less that with the factor alone swapped, shape (r,)."""
    beaten: float
    """Share of those swaps that score below the reply's own context; ties are not below."""
    swaps: int
    """Pairs that were looked at."""
    same: int
    """Pairs left out because both dialogues have one value of the factor: nothing was swapped."""


def swapped_alone(scores: SwapScores, factor: int, differs: np.ndarray) -> SwappedAlone:
    """Information of the replies about one factor given the others, I(Y; X_z | X_rest).

    Its negatives change that factor alone: S(all) - S(all but z), the last step of v. A pair whose
    dialogues share the value of the factor swaps nothing and is left out, as a negative that is no
    negative; so the estimate is against *other* values.

    Parameters
    ----------
    differs : whether the two dialogues of a pair differ in the factor, shape (m,).
    """
    whole = (1 << scores.factors) - 1
    steps = (scores.values[whole] - scores.values[whole ^ (1 << factor)])[differs]
    replies = scores.pairs[differs, 1]
    kept, place = np.unique(replies, return_inverse=True)
    sums, uses = np.zeros(kept.size), np.bincount(place, minlength=kept.size)
    np.add.at(sums, place, steps)
    return SwappedAlone(
        replies=kept,
        terms=sums / np.maximum(uses, 1),
        # Nothing was swapped: no share, rather than a share of 0.
        beaten=float((steps > 0).mean()) if steps.size else np.nan,
        swaps=int(steps.size),
        same=int((~np.asarray(differs)).sum()),
    )
