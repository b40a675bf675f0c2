"""Variance components against closed forms and a simulated world, and the cheapest sizes."""

import numpy as np
import pytest

from remid.domain.errors import RemidError
from remid.information.interval import Measured
from remid.information.planning import Components, Lengths, cheapest, components

KNOWN = {"dialogue": 0.08, "draw": 0.05, "negative": 0.03, "residual": 0.02}


def world(n, draws, negatives, seed=0):
    rng = np.random.default_rng(seed)
    sd = {name: np.sqrt(value) for name, value in KNOWN.items()}
    return (
        0.4
        + sd["dialogue"] * rng.standard_normal((n, 1, 1))
        + sd["draw"] * rng.standard_normal((n, draws, 1))
        + sd["negative"] * rng.standard_normal((n, 1, negatives))
        + sd["residual"] * rng.standard_normal((n, draws, negatives))
    )


def test_components_by_hand():
    # dialogue 0: rows (0, 2) and (2, 4); dialogue 1 the same and 4 more: no residual in either.
    x = np.array([[[0.0, 2.0], [2.0, 4.0]], [[4.0, 6.0], [6.0, 8.0]]])
    found = components(x)
    # means 2 and 6: variance 8; draws' means 1 and 3, variance 2; negatives' likewise
    assert (found.draw, found.negative, found.residual) == pytest.approx((2.0, 2.0, 0.0))
    assert found.dialogue == pytest.approx(8 - 2 / 2 - 2 / 2)


def test_known_components_are_found():
    found = components(world(20_000, 3, 2))
    for name, value in KNOWN.items():
        assert getattr(found, name) == pytest.approx(value, abs=0.003)


def test_components_are_unbiased_at_the_size_of_a_run():
    runs = [components(world(20, 2, 2, seed)) for seed in range(800)]
    for name, value in KNOWN.items():
        own = np.array([getattr(run, name) for run in runs])
        assert abs(own.mean() - value) < 4 * own.std() / np.sqrt(len(own))


def test_one_draw_does_not_tell_dialogue_from_draw():
    found = components(world(20_000, 1, 4))
    assert found.dialogue == pytest.approx(0.08 + 0.05, abs=0.004)
    assert found.negative == pytest.approx(0.03 + 0.02, abs=0.002)
    assert np.isnan(found.draw) and np.isnan(found.residual)
    assert np.isnan(components(world(20, 2, 1)).negative)
    with pytest.raises(RemidError, match="1 dialogues, expected at least 2"):
        components(world(1, 2, 2))


def test_the_change_is_that_of_a_dialogues_mean():
    own = Components(**KNOWN)
    # draws from 1 to 4 take 3/4 of 0.05 off; negatives from 2 to 6 take 1/3 of 0.03 off
    assert own.change((1, 2), (4, 6)) == pytest.approx(-0.0375 - 0.01 - 0.02 * 11 / 24)
    assert own.change((2, 3), (2, 3)) == 0


def measured(n, now):
    """R-EMID of two independent splits of the world, with its true standard error."""
    draws, negatives = now
    variance = 0.08 + 0.05 / draws + 0.03 / negatives + 0.02 / (draws * negatives)
    error = np.sqrt(2 * variance / n)
    return Measured(0.1, error, -1.0, 1.0, n, 0.95, "", 2 * n - 2.0)


def test_the_cheapest_sizes_reach_the_half_width_and_cost_least():
    from scipy import stats

    lengths, sides = Lengths(prompt=300, trace=80, reply=30), [Components(**KNOWN)] * 2
    plan = cheapest(measured(20, (1, 2)), sides, lengths, now=(1, 2), half_width=0.1)
    again = measured(plan.dialogues, (plan.draws, plan.negatives))
    half = again.standard_error * stats.t.ppf(0.975, again.degrees)
    assert 0.098 <= half <= 0.101
    assert plan.tokens == pytest.approx(
        2 * plan.dialogues * lengths.cost(plan.draws, plan.negatives)
    )
    kept = cheapest(
        measured(20, (1, 2)),
        [Components(0.13, np.nan, np.nan, np.nan)] * 2,
        lengths,
        now=(1, 2),
        half_width=0.1,
    )
    assert (kept.draws, kept.negatives) == (1, 2) and kept.tokens > plan.tokens


def test_cost_by_hand():
    # 100 + 10 written as trace, 2 draws of 100 + 5, 110 read, (2 + 1)(1 + 3 + 1) replies of 5
    assert Lengths(100, 10, 5).cost(2, 3) == 110 + 210 + 110 + 75


def test_nothing_to_plan_from_says_so():
    nothing = Measured(0.1, np.nan, np.nan, np.nan, 7, 0.95, "7 dialogues are too few")
    with pytest.raises(RemidError, match="7 dialogues are too few"):
        cheapest(nothing, [], Lengths(1, 1, 1), now=(1, 2), half_width=0.1)
