"""vCLUB, its terms by dialogue, and the lower bound that the same scores give."""

from dataclasses import dataclass

import numpy as np

from remid.domain.errors import RemidError
from remid.information.arrays import FloatArray, IntArray, finite, listed


@dataclass(frozen=True, slots=True, eq=False)
class PairScores:
    """S[i, j] = log q(y_j | x_i, r_i) on the diagonal and on the negative pairs; checks itself.

    In nats per reply, or in nats per token after `per_token`.
    """

    positive: FloatArray
    """S[i, i], shape (n,)."""
    pairs: IntArray
    """(context i, reply j) of each negative pair, shape (m, 2)."""
    negative: FloatArray
    """S[i, j] of those pairs, shape (m,)."""

    def __post_init__(self) -> None:
        positive = finite(self.positive, name="positive scores", rows="dialogue")
        negative = finite(self.negative, name="negative scores", rows="pair")
        pairs = np.asarray(self.pairs, dtype=np.int64)
        if positive.ndim != 1 or positive.size < 2:
            raise RemidError(
                f"positive scores: shape {positive.shape}, expected (n,) with n >= 2: "
                "vCLUB needs at least two dialogues."
            )
        if negative.ndim != 1 or pairs.shape != (negative.size, 2) or not negative.size:
            raise RemidError(
                f"negative scores: {negative.shape} scores for pairs {pairs.shape}, expected "
                "(m,) and (m, 2) with m >= 1: pass one score for each pair."
            )
        # A negative index would silently count from the end.
        outside = ((pairs < 0) | (pairs >= positive.size)).any(axis=1)
        wrong = np.flatnonzero(outside | (pairs[:, 0] == pairs[:, 1]))
        if wrong.size:
            raise RemidError(
                f"negative pairs: pair {listed(wrong)} is not two different dialogues of the "
                f"{positive.size} scored ones: draw the pairs with negative_pairs for that n."
            )
        # Frozen, but what was checked must be what is kept.
        for name, value in (("positive", positive), ("pairs", pairs), ("negative", negative)):
            object.__setattr__(self, name, value)

    @property
    def n(self) -> int:
        """Number of dialogues."""
        return self.positive.size

    @property
    def terms(self) -> FloatArray:
        """What each reply adds to vCLUB, shape (n,); see :func:`terms`."""
        return terms(self.positive, self.pairs, self.negative)

    def per_token(self, tokens: IntArray) -> "PairScores":
        """Divide each score by the token count (n,) of its reply, the end of turn included."""
        wrong = np.flatnonzero(np.asarray(tokens) < 1)
        if np.shape(tokens) != (self.n,) or wrong.size:
            raise RemidError(
                f"token counts: shape {np.shape(tokens)}, not positive at [{listed(wrong)}], "
                f"expected {self.n} positive counts: count every reply with its end of turn."
            )
        # By the length of the reply, whichever context it stands under: column j of S has one length.
        negative = self.negative / tokens[self.pairs[:, 1]]
        return PairScores(self.positive / tokens, self.pairs, negative)

    def minus(self, other: "PairScores") -> "PairScores":
        """Scores of `self` less those of `other`, on the same dialogues and pairs."""
        if self.n != other.n or not np.array_equal(self.pairs, other.pairs):
            raise RemidError(
                f"two sets of scores over {self.n} and {other.n} dialogues with "
                f"{len(self.pairs)} and {len(other.pairs)} pairs, expected the same dialogues and "
                "the same negative pairs: score both with one draw of negative_pairs."
            )
        return PairScores(
            self.positive - other.positive, self.pairs, self.negative - other.negative
        )


def terms(positive: FloatArray, pairs: IntArray, negative: FloatArray) -> FloatArray:
    """What each reply adds to vCLUB, centred on its own negatives, shape (..., n).

    c_j = S[j, j] - mean over the contexts i paired with reply j of S[i, j]; vCLUB is their mean.
    Replies differ much in level (S[i, j] = m + a_i + b_j + c_ij with a large b): centring each
    reply on its own negatives takes b_j off exactly, from the estimate and from its variance.
    Where a reply has no negative (``random`` alone) its negatives are weighted by n / m instead,
    so that the mean stays that of the positives less that of all pairs.

    Leading axes, if any, run over independent data sets of one design.
    """
    n, m = positive.shape[-1], negative.shape[-1]
    # sums[j] = sum over the negatives i of j of S[i, j], also where j has several or none.
    uses = np.bincount(pairs[:, 1], minlength=n)
    sums = np.zeros_like(positive)
    np.add.at(np.moveaxis(sums, -1, 0), pairs[:, 1], np.moveaxis(negative, -1, 0))
    weights = 1 / uses if uses.all() else np.full(n, n / m)
    centred: FloatArray = positive - sums * weights
    return centred


def vclub(scores: PairScores) -> float:
    """Mean S[i, i] - mean S[i, j] over the negative pairs, in the scores' unit: mean of `terms`.

    Unbiased for its own target E_p(x,y) log q - E_p(x)p(y) log q, whatever the design. That target
    is an upper bound on I(X; Y) where q is the true conditional, and more widely where q is nearer
    (in KL) to p(x, y) than to p(x)p(y); with any other q it is no bound (Cheng et al. 2020).
    """
    return float(scores.terms.mean())


def beaten(scores: PairScores) -> float:
    """Share of the negative pairs that score below the reply under its own context.

    Near 1 nothing is left to tell apart: whatever a better model does, its own context wins.
    """
    # S[i, j] < S[j, j], reply j under another context and under its own.
    return float((scores.negative < scores.positive[scores.pairs[:, 1]]).mean())


def leave_one_out(scores: PairScores) -> float:
    """InfoNCE bound: each reply's own context against the contexts it was paired with, in nats.

    The mean over replies j of S[j, j] - log mean_i exp S[i, j], with i = j among the contexts.
    Its expectation is a lower bound on I(X; Y) for *every* q, since any function may serve as the
    critic; it cannot pass log(1 + contexts per reply). Per-token scores make a tempered critic, so
    the bound is still one on the information of a whole reply. Replies without a negative pair
    are left out. (van den Oord et al. 2018; Poole et al. 2019.)
    """
    # log sum over {j} and the negatives of j of exp S[i, j], without leaving the log domain.
    total = scores.positive.copy()
    np.logaddexp.at(total, scores.pairs[:, 1], scores.negative)
    contexts = 1 + np.bincount(scores.pairs[:, 1], minlength=scores.n)
    bound = scores.positive - total + np.log(contexts)
    return float(bound[contexts > 1].mean())


@dataclass(frozen=True, slots=True)
class Bracket:
    """Two estimates of one information, nats per reply."""

    lower: float
    """InfoNCE: below I(X; Y) in expectation for every q."""
    upper: float
    """vCLUB: above I(X; Y) in expectation only where q is close to the true conditional."""
    ceiling: float
    """The most that `lower` can show with this many contexts per reply."""


def bracket(scores: PairScores) -> Bracket:
    """InfoNCE and vCLUB of the same scores (per reply: the two share no other unit)."""
    contexts = 1 + np.bincount(scores.pairs[:, 1], minlength=scores.n)
    # A bound of k contexts is at most log k, however much information there is.
    ceiling = float(np.log(contexts[contexts > 1]).mean())
    return Bracket(lower=leave_one_out(scores), upper=vclub(scores), ceiling=ceiling)
