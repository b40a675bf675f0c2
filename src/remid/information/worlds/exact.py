"""The identity and the bounds of a world, from its true laws."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from remid.information.divergence import histogram_js
from remid.information.formulas import joint_bound, paper_bound, scaled_bound
from remid.information.worlds.tabular import World, entropy


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
class ExactBounds:
    """Bounds on EMID, nats per reply; here ``joint`` always holds."""

    paper: float
    joint: float
    scaled: float
    shares: Mapping[str, float]
    """Each factor's share of sum_z sqrt(JS_z); nan where no factor moved."""
    parts: Decomposition


def enumerated_bounds(world: World) -> ExactBounds:
    """The bounds from the true laws of a world."""
    seen = (world.id_inputs > 0) | (world.shift_inputs > 0)
    truth, shifted = entropy(world.truth), entropy(world.shift_truth)
    gap = (entropy(world.model) - truth)[seen]
    id_replies = world.id_inputs @ world.model
    shift_replies = world.shift_inputs @ world.model
    parts, js = decompose(world), world.input_js()
    on_id = histogram_js(id_replies, world.id_inputs @ world.truth)
    on_shift = histogram_js(shift_replies, world.shift_inputs @ world.shift_truth)
    factors = np.array(list(js.factors.values()))
    worst = np.asarray(shifted[seen].max() + entropy(id_replies))
    concept = float(world.shift_inputs @ np.abs(truth - shifted))
    roots = np.sqrt(factors)
    moved = joint_bound(np.asarray(parts.mismatch), float(np.ptp(gap)), np.asarray(js.joint))
    return ExactBounds(
        paper=float(paper_bound(worst, factors, np.asarray(on_id + on_shift))),
        joint=float(moved) + concept,
        scaled=float(scaled_bound(factors, np.asarray(on_id), np.asarray(on_shift))),
        shares=dict(zip(js.factors, (roots / (roots.sum() or np.nan)).tolist(), strict=True)),
        parts=parts,
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
