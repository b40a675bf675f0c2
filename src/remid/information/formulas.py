"""The bounds' formulas, of true quantities or of estimated ones, array by array."""

import numpy as np

from remid.information.arrays import FloatArray


def paper_bound(entropy: FloatArray, factors: FloatArray, outputs: FloatArray) -> FloatArray:
    """sqrt(2/k) H sum_z sqrt(JS_z) + 8 Delta^(1/4), nats per reply (Li et al. 2026).

    Parameters
    ----------
    entropy : H = max_x [H(Q_{Y|x}) + H(P_Ytheta)], nats per reply, shape (...,).
    factors : JS of each of k factors, shape (k, ...).
    outputs : Delta = JS(P_Ytheta || P_Y) + JS(Q_Ytheta || Q_Y), shape (...,).

    Notes
    -----
    It speaks of whole replies. Its last term is of entropies of laws of replies, and has no form
    for scores divided each by its own reply's length: H shrinks with that length, this would not.
    """
    # Cauchy-Schwarz over k factors of the total variation, each at most sqrt(2 JS).
    published = np.sqrt(2 / len(factors)) * entropy * np.sqrt(factors).sum(axis=0)
    bound: FloatArray = published + 8 * np.asarray(outputs) ** 0.25
    return bound


def joint_bound(mismatch: FloatArray, oscillation: float, joint: FloatArray) -> FloatArray:
    """Mismatch + osc(g) min(1, sqrt(2 JS)): moved inputs cannot cost more than g differs.

    |sum_x (Q - P)(x) g(x)| <= osc(g) TV(P, Q), and TV is at most 1 and at most sqrt(2 JS).
    """
    bound: FloatArray = mismatch + oscillation * np.minimum(np.sqrt(2 * np.asarray(joint)), 1.0)
    return bound


def scaled_bound(factors: FloatArray, on_id: FloatArray, on_shift: FloatArray) -> FloatArray:
    """sum_z sqrt(JS_z) + JS_ID^(1/4) + JS_shift^(1/4) of the outputs; unitless (Oh et al. 2025)."""
    bound: FloatArray = (
        np.sqrt(factors).sum(axis=0) + np.asarray(on_id) ** 0.25 + np.asarray(on_shift) ** 0.25
    )
    return bound
