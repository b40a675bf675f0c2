"""The enumerated Shapley values are those of the worlds."""

import numpy as np
import pytest

from remid.information.worlds.attributed import ATTRIBUTED, enumerated_shapley


@pytest.mark.parametrize("kind", ATTRIBUTED)
def test_factors_sum_to_what_vclub_estimates(kind: str) -> None:
    """sum phi = E log q(y|x) - E log q(y|x'), the responder's own target, of R-EMI and R-EMID."""
    world = ATTRIBUTED[kind](np.random.default_rng(7))
    emi = {}
    for side in ("id", "shift"):
        law, truth = world.inputs(side), world.replies(side)
        found = enumerated_shapley(law, world.model, world) - enumerated_shapley(law, truth, world)
        emi[side] = found.sum()
        assert emi[side] == pytest.approx(world.responder_emi(side), abs=1e-12)
    assert emi["id"] - emi["shift"] == pytest.approx(world.responder_emid(), abs=1e-12)


def test_dependent_factors_depend_and_independent_ones_do_not() -> None:
    def dependence(kind: str) -> float:
        law = ATTRIBUTED[kind](np.random.default_rng(8)).id_inputs.reshape(3, 3, 3)
        user, dialogue = law.sum(axis=(1, 2)), law.sum(axis=(0, 1))
        return float(np.abs(law.sum(axis=1) - np.outer(user, dialogue)).max())

    assert dependence("all factors") < 1e-12
    assert dependence("dependent factors") > 0.01 and dependence("copied factor") > 0.1
