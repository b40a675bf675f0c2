"""Entropies H(Y | x) from one sampled reply to each x."""

import numpy as np

from remid.domain.errors import RemidError
from remid.information.arrays import FloatArray


def token_noise(tokens: FloatArray) -> float:
    """Variance of a reply's surprisal about H(Y | x), from the surprisals of its tokens (T,).

    By the chain rule surprisal less entropy is a sum of T terms of mean 0 given what stands before
    each, so their variances add up. The token's own entropies are not known: their mean over the
    reply stands in, and the variance comes out too large by what they differ. nan for one token.
    """
    if tokens.size < 2:
        return np.nan
    return float(tokens.size * tokens.var(ddof=1))


def sampled_entropies(surprisals: FloatArray, noise: FloatArray) -> FloatArray:
    """Estimate H(Y | x_i) or a difference of such entropies, shape (n,), from single draws.

    Parameters
    ----------
    surprisals : one draw of each, shape (n,), in any unit.
    noise : variance of each draw about its entropy, in that unit squared; nan where unknown.

    Notes
    -----
    Draws shrink towards their mean by the share of their variance that is noise (Efron and Morris
    1973). The mean is kept, so it stays unbiased for the mean entropy; the largest no longer grows
    with n by chance alone. Where the noise is overstated, as `token_noise` does, the largest comes
    out too small, at worst the mean. Where no noise is known draws are taken at their word.
    """
    if surprisals.shape != noise.shape:
        raise RemidError(
            f"sampled entropies: {surprisals.shape} draws and {noise.shape} variances, expected one "
            "variance for each draw."
        )
    known = noise[np.isfinite(noise)]
    total = surprisals.var(ddof=1)
    if not known.size or not total > 0:
        return surprisals
    # Empirical Bayes: var(draws) = var(entropies) + noise, so this share of the spread is real.
    kept = max(0.0, 1 - float(known.mean()) / float(total))
    centre = surprisals.mean()
    shrunk: FloatArray = centre + kept * (surprisals - centre)
    return shrunk
