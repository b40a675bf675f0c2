"""A quick look at coverage; benchmarks/coverage.py has the 2,000 data sets of the docs."""

import numpy as np
import pytest
from scipy import stats

from remid.information.club import PairScores, terms
from remid.information.emi import emi
from remid.information.interval import Terms, combine, uncertainty
from remid.information.negatives import negative_pairs
from remid.information.worlds.gaussian import GaussianWorld
from remid.information.worlds.kinds import WORLDS
from remid.information.worlds.tabular import rewrite, sample, score

DATA_SETS = 1000


def batch(scores, first=0):
    values = terms(
        scores.reply_positive - scores.reference_positive,
        scores.pairs,
        scores.reply_negative - scores.reference_negative,
    )
    return Terms(values, first + np.arange(values.shape[-1]))


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
    own = batch(first), batch(second, 0 if common is not None else n)
    error = own[0].mean - world.responder_emi("id")
    loss = own[0].mean - own[1].mean - world.responder_emid()
    assert 0.92 <= covered(error, combine(own[:1], [1])) <= 0.98
    assert 0.92 <= covered(loss, combine(own, [1, -1])) <= 0.98
    # unbiased: the mean error is within four of its own standard errors
    assert abs(error.mean()) < 4 * error.std() / np.sqrt(DATA_SETS)


@pytest.mark.parametrize("kind", ["gaussian", "rewritten"])
def test_a_mean_over_two_shifts_holds_the_truth(kind):
    """Shifts of other dialogues, or one that rewrites ID's beside one that rewrites others."""
    n, rng = 20, np.random.default_rng(15)
    world, first, second, common = two_splits(kind, n, rng)
    if common is None:
        third = world.scores("shift", (DATA_SETS, n), second.pairs, rng)
        firsts = (0, n, 2 * n)
    else:
        again = rewrite(world, sample(world, "id", (DATA_SETS, n), np.random.default_rng(16)), rng)
        third = score(world, again, second.pairs)
        firsts = (0, 0, n)
    own = [batch(part, k) for part, k in zip((first, second, third), firsts, strict=True)]
    loss = own[0].mean - (own[1].mean + own[2].mean) / 2 - world.responder_emid()
    assert 0.92 <= covered(loss, combine(own, [1, -0.5, -0.5])) <= 0.98


@pytest.mark.parametrize("spread", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize(("design", "per_reply"), [("cyclic", 2), ("cyclic", 4), ("all", 1)])
def test_replies_of_other_levels_neither_widen_nor_break_intervals(design, per_reply, spread):
    """S = a_i + b_j + c_ij with sd 0.1, `spread` and 0.3: the truth is 0, b leaves exactly."""
    n, rng = 8, np.random.default_rng(17)
    pairs = negative_pairs(n, design=design, per_context=per_reply, rng=rng)
    scores = 0.1 * rng.standard_normal((DATA_SETS, n, 1)) + 0.3 * rng.standard_normal(
        (DATA_SETS, n, n)
    )
    scores = scores + spread * rng.standard_normal((DATA_SETS, 1, n))
    i = np.arange(n)
    values = terms(scores[:, i, i], pairs, scores[:, pairs[:, 0], pairs[:, 1]])
    parts = combine([Terms(values, i)], [1])
    assert 0.93 <= covered(values.mean(-1), parts) <= 0.98
    # c_jj less the mean of k of c_ij: variance 0.09 (1 + 1 / k) / n
    known = np.sqrt(0.09 * (1 + n / len(pairs)) / n)
    assert np.sqrt(uncertainty(parts).variance).mean() < 1.1 * known


def test_clusters_hold_the_truth_and_ignoring_them_does_not():
    groups, size, rng = 11, 2, np.random.default_rng(18)
    label = np.repeat(np.arange(groups), size)
    pairs = negative_pairs(22, design="cyclic", per_context=2, rng=rng, clusters=label)
    alike = 0.3 * rng.standard_normal((DATA_SETS, groups))[:, label]
    positive = alike + 0.3 * rng.standard_normal((DATA_SETS, 22))
    values = terms(positive, pairs, 0.3 * rng.standard_normal((DATA_SETS, len(pairs))))
    assert 0.93 <= covered(values.mean(-1), combine([Terms(values, label)], [1])) <= 0.98
    assert covered(values.mean(-1), combine([Terms(values, np.arange(22))], [1])) < 0.92


def test_ignoring_that_dialogues_are_common_makes_intervals_too_wide():
    world, first, second, _ = two_splits("rewritten", 50, np.random.default_rng(13))
    own = batch(first), batch(second, 50)
    loss = own[0].mean - own[1].mean - world.responder_emid()
    assert covered(loss, combine(own, [1, -1])) > 0.97


def test_the_public_estimate_is_the_batch_of_one():
    _, first, _, _ = two_splits("dependent", 20, np.random.default_rng(14))
    reply = PairScores(first.reply_positive[7], first.pairs, first.reply_negative[7])
    reference = PairScores(first.reference_positive[7], first.pairs, first.reference_negative[7])
    one = emi(reply, reference).estimate
    spread = uncertainty(combine([batch(first)], [1]))
    assert one.value == pytest.approx(batch(first).mean[7])
    assert one.standard_error == pytest.approx(np.sqrt(spread.variance[7]))
    assert one.degrees == pytest.approx(spread.degrees[7])
