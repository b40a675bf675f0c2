"""Each kind of world is what its name says."""

import numpy as np
import pytest

from remid.information.worlds.kinds import WORLDS, random_world
from remid.information.worlds.tabular import outer_product


def made(name: str):  # type: ignore[no-untyped-def]
    return WORLDS[name](np.random.default_rng(5))


def test_independent_factors_are_independent_on_both_sides() -> None:
    world = made("independent")
    for law in (world.id_inputs, world.shift_inputs):
        table = law.reshape(world.shape)
        alone = [table.sum(axis=tuple({0, 1, 2} - {k})) for k in range(3)]
        assert outer_product(alone) == pytest.approx(table)


def test_dependence_only_moves_no_marginal() -> None:
    js = made("dependence only").input_js()
    assert list(js.factors.values()) == pytest.approx([0, 0, 0]) and js.joint > 0.1


def test_a_perfect_model_has_no_emi() -> None:
    assert made("perfect model").emi("id") == pytest.approx(0)


def test_a_broken_model_tells_nothing_of_its_input() -> None:
    world = made("broken model")
    assert np.ptp(world.model, axis=0) == pytest.approx(0)


def test_a_concept_shift_leaves_the_inputs() -> None:
    world = made("concept shift")
    assert world.input_js().joint == 0 and not np.allclose(world.truth, world.shift_truth)


def test_rewriting_leads_from_the_inputs_of_id_to_those_of_the_shift() -> None:
    world = made("rewritten")
    assert world.id_inputs @ world.kernel == pytest.approx(world.shift_inputs)


def test_random_worlds_differ_in_size() -> None:
    rng = np.random.default_rng(0)
    assert len({random_world(rng).shape for _ in range(20)}) > 5
