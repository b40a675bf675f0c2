"""The bounds from samples: their arithmetic, what caps them, and intervals on worlds."""

import numpy as np
import pytest

from remid.information.bound import Side, bounds
from remid.information.club import PairScores
from remid.information.dependence import Dependence
from remid.information.divergence import histogram_js, stacked_gram
from remid.information.emi import emi, emid
from remid.information.formulas import joint_bound, paper_bound, scaled_bound
from remid.information.interval import Terms
from remid.information.moved import Divergence, InputShift, divergence
from remid.information.negatives import negative_pairs
from remid.information.worlds.kinds import dependent
from remid.information.worlds.tabular import sample, score

N = 20
NONE = Dependence({}, np.nan)


def js(raw, floor=0.0, n=N):
    flat = Terms(np.full(n, raw), np.arange(n))
    return Divergence(raw, floor, flat, flat)


def moved(user=0.04, character=0.01, context=0.0, joint=0.05):
    factors = {"user": js(user), "character": js(character), "context": js(context)}
    return InputShift(factors, js(joint), NONE)


def side(seed, outputs=0.0, noise=np.nan, first=0):
    rng = np.random.default_rng(seed)
    pairs = negative_pairs(N, design="cyclic", per_context=4, rng=rng)
    reply, reference = (
        PairScores(-rng.random(N), pairs, -1 - rng.random(len(pairs))) for _ in range(2)
    )
    variances = np.full(N, noise)
    return Side(reply, reference, first + np.arange(N), variances, variances, js(outputs))


def measured(inputs=None, noise=np.nan, outputs=(0.0, 0.0)):
    sides = side(0, outputs[0], noise), side(1, outputs[1], noise, first=100)
    rng = np.random.default_rng(0)
    return bounds(inputs or moved(), *sides, level=0.95, rng=rng), *sides


def test_the_parts_add_up_to_the_estimate():
    found, on_id, on_shift = measured()
    results = [emi(own.reply, own.reference, clusters=own.clusters) for own in (on_id, on_shift)]
    assert found.mismatch.value + found.covariate.value == pytest.approx(
        emid(*results).value, abs=1e-12
    )
    # unpaired splits: variances of the own scores' differences add up
    spread = sum(own.gap.positive.var(ddof=1) / N for own in (on_id, on_shift))
    assert found.covariate.standard_error**2 == pytest.approx(spread)
    assert found.covariate.low < found.covariate.value < found.covariate.high


def test_the_three_bounds_by_hand():
    found, on_id, on_shift = measured(outputs=(0.0016, 0.0081))
    gaps = np.r_[on_id.gap.positive, on_shift.gap.positive]
    expected = found.mismatch.value + np.ptp(gaps) * np.sqrt(2 * 0.05)
    assert found.joint.value == pytest.approx(expected)
    # sqrt(0.04) + sqrt(0.01) + 0 = 0.3, and 0.0016^(1/4) = 0.2, 0.0081^(1/4) = 0.3
    assert found.scaled.value == pytest.approx(0.3 + 0.2 + 0.3)
    worst = -on_shift.reference.positive.min() - on_id.reply.negative.mean()
    assert found.paper.value == pytest.approx(np.sqrt(2 / 3) * worst * 0.3 + 8 * 0.0097**0.25)


def test_moved_inputs_cost_no_more_than_the_oscillation():
    # sqrt(2 * 0.69) = 1.17: times the oscillation it would bound more than there is to lose
    found, on_id, on_shift = measured(moved(joint=0.69))
    gaps = np.r_[on_id.gap.positive, on_shift.gap.positive]
    assert found.joint.value == pytest.approx(found.mismatch.value + np.ptp(gaps))
    assert joint_bound(np.array(0.1), 2.0, np.array([0.02, 0.5, 0.69])) == pytest.approx(
        [0.1 + 2 * 0.2, 2.1, 2.1]
    )


def test_noise_of_the_draws_is_not_taken_for_an_entropy():
    loud, on_id, on_shift = measured()
    quiet, *_ = measured(noise=10.0)
    # all of the spread is noise: H is the mean surprisal, g two means, one a split
    worst = -on_shift.reference.positive.mean() - on_id.reply.negative.mean()
    assert quiet.paper.value == pytest.approx(np.sqrt(2 / 3) * worst * 0.3)
    oscillation = abs(on_id.gap.positive.mean() - on_shift.gap.positive.mean())
    assert quiet.joint.value == pytest.approx(
        quiet.mismatch.value + oscillation * np.sqrt(2 * 0.05)
    )
    assert quiet.paper.value < loud.paper.value


def test_floors_come_off_before_roots_and_shares():
    factors = {"user": js(0.45, 0.41), "character": js(0.40, 0.41), "context": js(0.42, 0.41)}
    found, *_ = measured(InputShift(factors, js(0.69, 0.69), NONE))
    # 0.2, 0 and 0.1: today 0.67, 0.63 and 0.65, a third each
    assert found.shares == pytest.approx({"user": 2 / 3, "character": 0.0, "context": 1 / 3})
    assert found.scaled.value == pytest.approx(0.3)
    # the joint's own kernel shows nothing, so it moved at least as far as the user: 0.04
    assert found.joint.value == pytest.approx(measured(moved(joint=0.04))[0].joint.value)


def test_shares_are_empty_where_nothing_is_above_its_floor():
    still = InputShift({"user": js(0.4, 0.41)}, js(0.0), NONE)
    assert measured(still)[0].shares == {}


def test_formulas_take_arrays():
    factors = np.array([[0.04, 0.0], [0.01, 0.0]])
    assert paper_bound(np.array([10.0, 10.0]), factors, np.array([0.0, 0.0016])) == pytest.approx(
        [3.0, 8 * 0.2]
    )
    assert scaled_bound(factors, np.zeros(2), np.array([0.0, 0.0016])) == pytest.approx([0.3, 0.2])


def test_a_bound_has_no_interval_where_there_is_none():
    found, *_ = measured()
    assert found.joint.low < found.joint.value < found.joint.high
    few = InputShift({"user": js(0.1, n=3)}, js(0.1, n=3), NONE)
    short = measured(few)[0].joint
    assert np.isnan(short.low) and "too few" in short.note


def test_intervals_of_the_scaled_bound_hold_the_truth_of_a_world():
    """Factors and outputs one-hot: every JS is that of histograms, whose truth is enumerated."""
    rng = np.random.default_rng(5)
    world = dependent(np.random.default_rng(3))
    exact, n, held = world.input_js(), 60, 0
    sides = [(world.id_inputs, world.truth), (world.shift_inputs, world.shift_truth)]
    outputs = [histogram_js(law @ world.model, law @ truth) for law, truth in sides]
    truth = sum(np.sqrt(v) for v in exact.factors.values()) + sum(v**0.25 for v in outputs)
    for _ in range(40):
        drawn = [sample(world, name, n, rng) for name in ("id", "shift")]
        labels = [np.arange(n), n + np.arange(n)]
        values = [np.unravel_index(own.inputs, world.shape) for own in drawn]
        factors = {
            name: divergence(stacked_gram(*(np.eye(size)[own[k]] for own in values)), *labels, rng)
            for k, (name, size) in enumerate(zip(exact.factors, world.shape, strict=True))
        }
        given = []
        for own, label in zip(drawn, labels, strict=True):
            pairs = negative_pairs(n, design="cyclic", per_context=2, rng=rng)
            scores, unknown = score(world, own, pairs), np.full(n, np.nan)
            replies = (np.eye(6)[each] for each in (own.replies, own.references))
            moved_by = divergence(stacked_gram(*replies), label, label, rng, paired=True)
            given.append(
                Side(scores.reply(), scores.reference(), label, unknown, unknown, moved_by)
            )
        inputs = InputShift(factors, factors["user"], NONE)
        found = bounds(inputs, *given, level=0.95, rng=rng).scaled
        held += found.low <= truth <= found.high
    # binomial(40, 0.95): 34 or fewer in 1.4% of the cases
    assert held > 34


def test_covariate_holds_the_concept_term():
    """Inputs stay, only good replies change: the whole of what is estimated as covariate is concept.

    Two inputs and two replies, each split a population of every input and reply in proportion; q
    says 0.75 and 0.25. ID's references are q's (three of four), the shift's are even (two of four);
    the model answers as ID's references do, so R-EMID's own part of the references is all there is:
    covariate = mean_Q log q(y) - mean_P log q(y) = (1/2 - 3/4) log 3.
    """
    high, low = np.log(0.75), np.log(0.25)
    model = np.array([high, high, high, low] * 5)
    pairs = np.array([(k, (k + 1) % N) for k in range(N)])
    flat, noise = np.zeros(N), np.full(N, np.nan)

    def own(references, first):
        reply, reference = (PairScores(v, pairs, flat) for v in (model, references))
        return Side(reply, reference, first + np.arange(N), noise, noise, js(0.0))

    shifted = np.array([high, high, low, low] * 5)
    still = moved(0.0, 0.0, 0.0, 0.0)
    rng = np.random.default_rng(0)
    found = bounds(still, own(model, 0), own(shifted, 100), level=0.95, rng=rng)
    assert found.mismatch.value == pytest.approx(0.0)
    assert found.covariate.value == pytest.approx(-0.25 * np.log(3))
