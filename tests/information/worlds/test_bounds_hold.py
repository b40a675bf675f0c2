"""The joint bound holds in every world; the published one does not, and the tool says where."""

import numpy as np
import pytest

from remid.information.dependence import dependence
from remid.information.worlds.exact import enumerated_bounds
from remid.information.worlds.kinds import WORLDS, independent, random_world, xor_world
from remid.information.worlds.tabular import World, entropy, sample


def test_the_joint_bound_holds_in_twenty_thousand_random_worlds():
    rng = np.random.default_rng(0)
    excess = []
    for _ in range(20_000):
        result = enumerated_bounds(random_world(rng))
        excess.append(result.parts.emid - result.joint)
    assert max(excess) < 1e-12


def test_the_published_bound_fails_where_only_the_dependence_moves():
    result = enumerated_bounds(xor_world())
    # the model knows the rule on a quarter of Q and guesses elsewhere: 3/4 log 2
    assert result.parts.emid == pytest.approx(0.75 * np.log(2))
    assert result.parts.emid == pytest.approx(0.52, abs=5e-4)
    assert result.paper == 0
    assert result.joint > result.parts.emid
    assert np.isnan(list(result.shares.values())).all()


def test_answering_from_the_user_alone_everywhere_loses_no_shannon_information():
    # I(X; U) = I(X; U xor C xor D) = log 2 on both sides: EMID asks how much a reply tells about
    # X, not whether it is right. q sees the error: at noise e it reads (1/2 - e) log((1 - e) / e).
    noise = 0.1705
    world = xor_world(noise)
    user = np.indices((2, 2, 2)).reshape(3, 8)[0]
    model = (1 - noise) * np.eye(2)[user] + noise * np.eye(2)[1 - user]
    copying = World(
        "copying",
        world.shape,
        world.id_inputs,
        world.shift_inputs,
        world.truth,
        world.truth,
        model,
        world.truth,
    )
    assert copying.emid() == pytest.approx(0, abs=1e-12)
    expected = (1 / 2 - noise) * np.log((1 - noise) / noise)
    assert copying.responder_emid() == pytest.approx(expected, abs=1e-12)
    assert expected == pytest.approx(0.52, abs=2e-3)
    assert enumerated_bounds(copying).paper == 0


def moved(world, n, rng):
    """The test of the dependence on n sampled dialogues a side, each factor one-hot."""
    factors = []
    for side in ("id", "shift"):
        values = np.unravel_index(sample(world, side, n, rng).inputs, world.shape)
        factors.append(
            {f"factor {k}": np.eye(size)[values[k]] for k, size in enumerate(world.shape)}
        )
    return dependence(*factors, rng=rng).moved


def test_a_dependence_that_moves_is_told_on_samples():
    rng = np.random.default_rng(1)
    assert moved(xor_world(), 60, rng)
    worlds = [independent(np.random.default_rng(seed)) for seed in range(40)]
    # 7% of such worlds (docs/validation.md); binomial(40, 0.073): 9 or more in 0.3% of the cases
    assert sum(moved(world, 60, rng) for world in worlds) < 9


@pytest.mark.parametrize("kind", list(WORLDS))
def test_what_a_perfect_bound_would_be(kind):
    world = WORLDS[kind](np.random.default_rng(3))
    result = enumerated_bounds(world)
    gap = entropy(world.model) - entropy(world.truth)
    assert result.parts.covariate == pytest.approx(
        (world.shift_inputs - world.id_inputs) @ gap, abs=1e-12
    )
    assert result.parts.emid <= result.joint + 1e-12
