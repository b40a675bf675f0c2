"""Shapley values of factors: closed forms, enumerated worlds, the axioms."""

from itertools import permutations

import numpy as np
import pytest

from remid.domain.errors import RemidError
from remid.information.club import PairScores
from remid.information.shapley import SwapScores, shapley, swapped_alone, weights
from remid.information.worlds.attributed import ATTRIBUTED, enumerated_shapley, swap_scores
from remid.information.worlds.tabular import sample

RING = np.array([(k, (k + 1) % 8) for k in range(8)])


def additive(*worth: float) -> SwapScores:
    """S = the sum of what the own factors are worth, on eight pairs; factor f is worth worth[f]."""
    own = [sum(w for f, w in enumerate(worth) if t >> f & 1) for t in range(1 << len(worth))]
    return SwapScores(RING, np.repeat(np.array(own)[:, None], 8, axis=1), 8)


def test_weights_are_the_mean_over_orders() -> None:
    """phi_z = mean over the 6 orders of v(before and z) - v(before)."""
    game = np.random.default_rng(0).standard_normal(8)
    wanted = np.zeros(3)
    for order in permutations(range(3)):
        coalition = 0
        for factor in order:
            wanted[factor] += (game[coalition | 1 << factor] - game[coalition]) / 6
            coalition |= 1 << factor
    assert weights(3) @ game == pytest.approx(wanted, abs=1e-12)


def test_an_additive_score_gives_each_factor_its_own_worth() -> None:
    found = shapley(additive(0.5, 0.25, 0.0))
    assert found.factors.mean(axis=-1) == pytest.approx([0.5, 0.25, 0.0], abs=1e-12)
    assert found.total == pytest.approx(np.full(8, 0.75))


def test_what_only_all_factors_together_tell_is_divided_equally() -> None:
    values = np.zeros((8, 8))
    values[7] = 0.6  # U xor C xor D: two of them tell nothing
    assert shapley(SwapScores(RING, values, 8)).factors.mean(axis=-1) == pytest.approx([0.2] * 3)


def test_factors_sum_to_the_total_reply_by_reply_whatever_the_level() -> None:
    rng = np.random.default_rng(1)
    values = rng.standard_normal((8, 8)) + 100 * rng.standard_normal(8)[RING[:, 1]]
    found = shapley(SwapScores(RING, values, 8))
    assert found.factors.sum(axis=0) == pytest.approx(found.total, abs=1e-9)
    raised = shapley(SwapScores(RING, values + np.arange(8)[RING[:, 1]], 8))
    assert raised.factors == pytest.approx(found.factors, abs=1e-9)


def test_the_total_is_vclub_on_the_same_pairs() -> None:
    rng = np.random.default_rng(2)
    values = rng.standard_normal((8, 8))
    order = np.argsort(RING[:, 1])
    club = PairScores(values[7, order], RING, values[0])
    assert shapley(SwapScores(RING, values, 8)).total == pytest.approx(club.terms, abs=1e-12)


@pytest.mark.parametrize("kind", ATTRIBUTED)
def test_all_pairs_of_a_whole_population_give_the_enumerated_values(kind: str) -> None:
    """A population that has every input and reply in proportion, every dialogue set against all.

    Uniform inputs: 27 inputs, each once for each reply of a two-reply conditional (1/2, 1/2), whose
    54 dialogues are set against one another, and a dialogue against its own input counts as drawn.
    """
    world = ATTRIBUTED[kind](np.random.default_rng(3))
    law = np.full(27, 1 / 27)
    conditional = np.zeros((27, 6))
    first = np.arange(27) % 6
    conditional[np.arange(27), first] = conditional[np.arange(27), (first + 1) % 6] = 0.5
    inputs = np.repeat(np.arange(27), 2)
    replies = np.stack([first, (first + 1) % 6], axis=1).ravel()
    pairs = np.array([(i, j) for i in range(54) for j in range(54) if i != j])
    found = shapley(swap_scores(world, inputs, replies, pairs)).factors.mean(axis=-1)
    # A dialogue is not set against itself: that pair adds 0, and the law has 54 where we have 53.
    wanted = enumerated_shapley(law, conditional, world) * 54 / 53
    assert found == pytest.approx(wanted, abs=1e-12)


def test_only_what_a_reply_depends_on_is_credited() -> None:
    rng = np.random.default_rng(4)
    for kind, credited in (
        ("one factor", [0]),
        ("two factors", [0, 1]),
        ("all factors", [0, 1, 2]),
    ):
        world = ATTRIBUTED[kind](rng)
        found = enumerated_shapley(world.id_inputs, world.truth, world)
        assert [f for f in range(3) if abs(found[f]) > 1e-9] == credited
        drawn = sample(world, "id", 12, rng)
        pairs = np.array([(k, (k + 1) % 12) for k in range(12)])
        terms = shapley(swap_scores(world, drawn.inputs, drawn.references, pairs)).factors
        assert all(np.abs(terms[f]).max() < 1e-9 for f in range(3) if f not in credited)


def test_a_copied_factor_is_credited_as_the_responder_reads_it() -> None:
    """The reply depends on the user alone; q takes two thirds of its knowledge from the dialogue."""
    world = ATTRIBUTED["copied factor"](np.random.default_rng(5))
    user, character, dialogue = enumerated_shapley(world.id_inputs, world.truth, world)
    assert character == pytest.approx(0, abs=1e-12)
    assert dialogue > user > 0


def test_swapping_one_factor_counts_what_it_beats_and_leaves_out_what_is_the_same() -> None:
    scores = additive(0.5, 0.25, -0.1)
    differs = np.array([True] * 6 + [False] * 2)
    user = swapped_alone(scores, 0, differs)
    assert (user.swaps, user.same, user.beaten) == (6, 2, 1.0)
    assert user.terms == pytest.approx(np.full(6, 0.5)) and user.replies.tolist() == [
        1,
        2,
        3,
        4,
        5,
        6,
    ]
    assert swapped_alone(scores, 2, differs).beaten == 0.0
    nothing = swapped_alone(scores, 1, np.zeros(8, bool))
    assert np.isnan(nothing.beaten) and nothing.terms.size == 0 and nothing.same == 8


def test_one_swap_is_the_last_step_of_the_game() -> None:
    values = np.random.default_rng(6).standard_normal((8, 8))
    scores = SwapScores(RING, values, 8)
    found = swapped_alone(scores, 1, np.ones(8, bool))
    order = np.argsort(RING[:, 1])
    assert found.terms == pytest.approx((values[0b111] - values[0b101])[order])


def test_scores_that_are_incomplete_are_refused() -> None:
    with pytest.raises(RemidError, match="7 of 8 replies have another dialogue"):
        SwapScores(RING[:7], np.zeros((8, 7)), 8)
    with pytest.raises(RemidError, match="one score for each of 2\\^k coalitions"):
        SwapScores(RING, np.zeros((6, 8)), 8)
    with pytest.raises(RemidError, match="pair 3 holds -inf"):
        SwapScores(RING, np.where(np.arange(8) == 3, -np.inf, np.zeros((8, 8))), 8)
    with pytest.raises(RemidError, match="different pairs"):
        additive(1.0).minus(SwapScores(RING[:, ::-1], np.zeros((2, 8)), 8))
