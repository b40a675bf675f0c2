"""Bounds on R-EMID, and the exact identity behind the joint one (docs/validation.md)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from remid.domain.errors import RemidError
from remid.information.arrays import FloatArray
from remid.information.club import PairScores
from remid.information.divergence import InputShift, histogram_js
from remid.information.worlds.tabular import World, entropy

UNEXPLAINED_NATS = 0.02
"""Input JS that the factors do not explain, from which the published bound is not to be trusted."""
UNEXPLAINED_SPREADS = 3.0
"""And how many standard deviations of the shuffled JS it must be, where that was sampled."""

MOST_NATS = 0.6932


@dataclass(frozen=True, slots=True)
class Decomposition:
    """EMID = mismatch + covariate + concept, nats."""

    emid: float
    mismatch: float
    """How the reply marginals' entropies moved, the model's against the truth's."""
    covariate: float
    """What the moved inputs cost."""
    concept: float
    """What the moved true replies cost."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Three bounds on EMID; from estimates they bound q's EMID and are themselves estimates."""

    paper: float
    """sqrt(2/k) H sum_z sqrt(JS_z) + 8 Delta^(1/4); blind to a shift of the dependence alone."""
    joint: float
    """mismatch + osc(g) sqrt(2 JS of the joint inputs) + concept."""
    scaled: float
    """sum_z sqrt(JS_z) + JS_ID^(1/4) + JS_shift^(1/4) of the outputs; unitless, for comparing."""
    shares: Mapping[str, float]
    """Each factor's share of sum_z sqrt(JS_z); nan where no factor moved."""
    dependence_warning: str
    """Why `paper` cannot be trusted here; empty where nothing speaks against it."""
    parts: Decomposition
    """The identity behind `joint`."""


def bounds(
    *,
    inputs: InputShift,
    id_outputs: float,
    shift_outputs: float,
    id_reply: PairScores,
    id_reference: PairScores,
    shift_reply: PairScores,
    shift_reference: PairScores,
) -> Bounds:
    """Bounds from samples, in the unit of the scores.

    Parameters
    ----------
    inputs : measured input shift, nats.
    id_outputs, shift_outputs : JS of the model's replies and the references, on ID and the shift.
    id_reply, id_reference, shift_reply, shift_reference : scores as `emi` takes them.

    Notes
    -----
    q stands in for the true laws: H(Y | x_i) is -S[i, i], a marginal entropy is minus the mean
    negative score. So these bound *q's* EMID, and ``parts`` adds up to its estimate exactly. The
    concept term cannot be told from samples: ``joint`` takes Y | X as unchanged, as the published
    bound does, and ``parts.concept`` is 0 by that assumption. Representation JS is at most the true
    JS in the limit, so a bound that uses it is an indication, not a certificate.
    """
    id_gap = id_reference.minus(id_reply)
    shift_gap = shift_reference.minus(shift_reply)
    gaps = np.concatenate([id_gap.positive, shift_gap.positive])
    mismatch = float(id_gap.negative.mean() - shift_gap.negative.mean())
    covariate = float(shift_gap.positive.mean() - id_gap.positive.mean())
    worst = float(-shift_reference.positive.min() - id_reply.negative.mean())
    return _bounds(
        parts=Decomposition(mismatch + covariate, mismatch, covariate, 0.0),
        oscillation=float(np.ptp(gaps)),
        concept=0.0,
        worst_entropy=worst,
        inputs=inputs,
        id_outputs=id_outputs,
        shift_outputs=shift_outputs,
    )


def enumerated_bounds(world: World) -> Bounds:
    """The same bounds from the true laws of a world; there ``joint`` always holds."""
    seen = (world.id_inputs > 0) | (world.shift_inputs > 0)
    truth, shifted = entropy(world.truth), entropy(world.shift_truth)
    gap = (entropy(world.model) - truth)[seen]
    id_replies = world.id_inputs @ world.model
    shift_replies = world.shift_inputs @ world.model
    return _bounds(
        parts=decompose(world),
        oscillation=float(np.ptp(gap)),
        concept=float(world.shift_inputs @ np.abs(truth - shifted)),
        worst_entropy=float(shifted[seen].max() + entropy(id_replies)),
        inputs=world.input_shift(),
        id_outputs=histogram_js(id_replies, world.id_inputs @ world.truth),
        shift_outputs=histogram_js(shift_replies, world.shift_inputs @ world.shift_truth),
    )


def decompose(world: World) -> Decomposition:
    """The exact identity on the true laws, with g(x) = H(theta | x) - H_P(Y | x)."""
    id_law, shift_law = world.id_inputs, world.shift_inputs
    truth, shifted = entropy(world.truth), entropy(world.shift_truth)
    gap = entropy(world.model) - truth
    id_mismatch = entropy(id_law @ world.model) - entropy(id_law @ world.truth)
    shift_mismatch = entropy(shift_law @ world.model) - entropy(shift_law @ world.shift_truth)
    return Decomposition(
        emid=world.emid(),
        mismatch=float(id_mismatch - shift_mismatch),
        covariate=float((shift_law - id_law) @ gap),
        concept=float(shift_law @ (truth - shifted)),
    )


def dependence_warning(inputs: InputShift) -> str:
    """Say so where the joint inputs moved by more than the factors moving apart would explain."""
    unexplained = inputs.joint - inputs.independent
    threshold = max(UNEXPLAINED_NATS, UNEXPLAINED_SPREADS * inputs.independent_spread)
    if not unexplained > threshold:
        return ""
    return (
        f"the joint of the inputs moved by {inputs.joint:.3f} nats, independent factors would "
        f"explain {inputs.independent:.3f}: the dependence between factors shifted, which the "
        "published bound leaves out; read the joint bound"
    )


def _bounds(
    *,
    parts: Decomposition,
    oscillation: float,
    concept: float,
    worst_entropy: float,
    inputs: InputShift,
    id_outputs: float,
    shift_outputs: float,
) -> Bounds:
    names = list(inputs.factors)
    roots = _roots(inputs, id_outputs, shift_outputs)
    total = float(roots.sum())
    outputs = id_outputs**0.25 + shift_outputs**0.25
    published = np.sqrt(2 / len(names)) * worst_entropy * total
    return Bounds(
        paper=float(published + 8 * (id_outputs + shift_outputs) ** 0.25),
        joint=float(parts.mismatch + oscillation * np.sqrt(2 * inputs.joint) + concept),
        scaled=float(total + outputs),
        shares={
            name: float(root / total) if total else np.nan
            for name, root in zip(names, roots, strict=True)
        },
        dependence_warning=dependence_warning(inputs),
        parts=parts,
    )


def _roots(inputs: InputShift, id_outputs: float, shift_outputs: float) -> FloatArray:
    """sqrt(JS) of each factor, after checking that every divergence is one."""
    given = {**inputs.factors, "joint": inputs.joint, "ID": id_outputs, "shift": shift_outputs}
    wrong = {name: value for name, value in given.items() if not 0 <= value <= MOST_NATS}
    if wrong:
        raise RemidError(
            f"bounds: divergence {wrong}, expected from 0 to log 2 = 0.693 nats: "
            "measure it with divergence.py, in nats."
        )
    return np.sqrt([inputs.factors[name] for name in inputs.factors])
