"""A quick look at coverage; benchmarks/coverage.py has the 2,000 data sets of the docs."""

import numpy as np
import pytest
from scipy import stats

from remid.information.club import PairScores, negative_pairs
from remid.information.emi import emi
from remid.information.interval import combine, components, subtract, uncertainty
from remid.information.worlds.gaussian import GaussianWorld
from remid.information.worlds.kinds import WORLDS
from remid.information.worlds.tabular import rewrite, sample, score

DATA_SETS = 1000


def batch(scores):
    return components(
        scores.reply_positive - scores.reference_positive,
        scores.pairs,
        scores.reply_negative - scores.reference_negative,
    )


def value(scores):
    positive = scores.reply_positive - scores.reference_positive
    return positive.mean(-1) - (scores.reply_negative - scores.reference_negative).mean(-1)


def covered(error, parts):
    spread = uncertainty(parts)
    half = stats.t.ppf(0.975, spread.degrees) * np.sqrt(spread.variance)
    return (np.abs(error) <= half).mean()


def two_splits(kind, n, rng):
    pairs = negative_pairs(n, design="cyclic", per_context=4, rng=rng)
    if kind == "gaussian":
        world = GaussianWorld()
        both = [world.scores(side, (DATA_SETS, n), pairs, rng) for side in ("id", "shift")]
        return world, *both, None
    world = WORLDS[kind](np.random.default_rng(11))
    first = sample(world, "id", (DATA_SETS, n), rng)
    if world.kernel is None:
        second, common = sample(world, "shift", (DATA_SETS, n), rng), None
    else:
        second, common = rewrite(world, first, rng), np.stack([np.arange(n)] * 2, axis=1)
    return world, score(world, first, pairs), score(world, second, pairs), common


@pytest.mark.parametrize("n", [20, 50])
@pytest.mark.parametrize("kind", [*WORLDS, "gaussian"])
def test_nominal_intervals_hold_the_truth(kind, n):
    # 1,000 data sets: one standard error of a coverage is 0.7 points, so 93-97% is given 1 more
    world, first, second, common = two_splits(kind, n, np.random.default_rng(12))
    parts = batch(first), batch(second)
    error = value(first) - world.responder_emi("id")
    loss = value(first) - value(second) - world.responder_emid()
    assert 0.92 <= covered(error, parts[0]) <= 0.98
    assert 0.92 <= covered(loss, subtract(*parts, common)) <= 0.98
    # unbiased: the mean error is within four of its own standard errors
    assert abs(error.mean()) < 4 * error.std() / np.sqrt(DATA_SETS)


@pytest.mark.parametrize("kind", ["gaussian", "rewritten"])
def test_a_mean_over_two_shifts_holds_the_truth(kind):
    """Shifts of other dialogues, or one that rewrites ID's beside one that rewrites others."""
    n, rng = 20, np.random.default_rng(15)
    world, first, second, common = two_splits(kind, n, rng)
    if common is None:
        third = world.scores("shift", (DATA_SETS, n), second.pairs, rng)
        labels = [k * n + np.arange(n) for k in range(3)]
    else:
        again = rewrite(world, sample(world, "id", (DATA_SETS, n), np.random.default_rng(16)), rng)
        third = score(world, again, second.pairs)
        labels = [np.arange(n), np.arange(n), n + np.arange(n)]
    loss = value(first) - (value(second) + value(third)) / 2 - world.responder_emid()
    parts = combine([batch(part) for part in (first, second, third)], [1, -0.5, -0.5], labels)
    assert 0.92 <= covered(loss, parts) <= 0.98


def test_ignoring_that_dialogues_are_common_makes_intervals_too_wide():
    world, first, second, _ = two_splits("rewritten", 50, np.random.default_rng(13))
    loss = value(first) - value(second) - world.responder_emid()
    assert covered(loss, subtract(batch(first), batch(second))) > 0.97


def test_the_public_estimate_is_the_batch_of_one():
    _, first, _, _ = two_splits("dependent", 20, np.random.default_rng(14))
    reply = PairScores(first.reply_positive[7], first.pairs, first.reply_negative[7])
    reference = PairScores(first.reference_positive[7], first.pairs, first.reference_negative[7])
    one = emi(reply, reference).estimate
    spread = uncertainty(batch(first))
    assert one.value == pytest.approx(value(first)[7])
    assert one.standard_error == pytest.approx(np.sqrt(spread.variance[7]))
    assert one.degrees == pytest.approx(spread.degrees[7])
