"""What each dialogue, and each token of its reply, adds to R-EMI and R-EMID: sums, exactly."""

from collections.abc import Sequence

import numpy as np

from remid.information.arrays import FloatArray, IntArray


def emi_contributions(terms: FloatArray) -> FloatArray:
    """What each dialogue adds to R-EMI, shape (n,): its term over n, so that they sum to it."""
    shares: FloatArray = terms / terms.size
    return shares


def emid_contributions(id_terms: FloatArray, shift_terms: FloatArray) -> FloatArray:
    """What each dialogue of the shift adds to R-EMID, shape (n_Q,); they sum to it.

    R-EMID = sum over j in Q of (mean of P's terms - c_j) / n_Q: what dialogue j falls short of the
    average dialogue of ID. Above 0 the dialogue adds to the loss. ID's own dialogues stand in that
    average: leaving out one of them moves every contribution alike.
    """
    short: FloatArray = (id_terms.mean() - shift_terms) / shift_terms.size
    return short


def token_terms(
    positive: Sequence[FloatArray], pairs: IntArray, negative: Sequence[FloatArray]
) -> list[FloatArray]:
    """What each token of reply j adds to the reply's term c_j, n arrays of (tokens,), nats.

    A token's log q under the own context less its mean under the contexts paired with the reply.
    The sum is c_j of `remid.information.club.terms` per reply; over the number of tokens, per token.
    Where a reply has no negative, its negatives are weighted n / m as there.
    """
    n, m = len(positive), len(negative)
    # The weights of `club.terms`, or tokens would not sum to it.
    uses = np.bincount(pairs[:, 1], minlength=n)
    weights = 1 / uses if uses.all() else np.full(n, n / m)
    # Copies: the scores that came in stay as they are.
    found = [np.array(own, dtype=np.float64) for own in positive]
    for values, reply in zip(negative, pairs[:, 1], strict=True):
        found[reply] -= weights[reply] * values
    return found
