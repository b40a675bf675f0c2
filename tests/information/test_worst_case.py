import numpy as np
import pytest

from remid.domain.errors import RemidError
from remid.information.club import PairScores
from remid.information.emi import emi, emid
from remid.information.negatives import negative_pairs
from remid.information.worst_case import worst_case


def split(n, information, seed):
    rng = np.random.default_rng(seed)
    pairs = negative_pairs(n, design="cyclic", per_context=4, rng=rng)
    noise, pair_noise = rng.standard_normal(n), rng.standard_normal(len(pairs))
    reply = PairScores(information + noise, pairs, pair_noise)
    nothing = PairScores(np.zeros(n), pairs, np.zeros(len(pairs)))
    return emi(reply, nothing, clusters=100 * seed + np.arange(n))


def shifts(losses, n=30):
    id_result = split(n, 0.0, 1)
    return {
        name: emid(id_result, split(n, -loss, 10 + k))
        for k, (name, loss) in enumerate(losses.items())
    }


def test_the_worst_shift_is_named():
    emids = shifts({"user/german": 0.0, "character/gaming": 5.0, "user/korean": 1.0})
    worst = worst_case(emids, rng=np.random.default_rng(0))
    assert worst.shift == "character/gaming"
    assert worst.estimate.value == emids["character/gaming"].value
    assert worst.estimate.low < 5 < worst.estimate.high


def test_one_shift_alone_keeps_its_own_interval():
    emids = shifts({"user/german": 0.5})
    worst = worst_case(emids, rng=np.random.default_rng(0), resamples=40_000).estimate
    only = emids["user/german"]
    assert worst.high == pytest.approx(only.high)
    assert worst.low == pytest.approx(only.low, abs=0.05 * only.standard_error)


def test_choosing_among_equals_lowers_the_lower_end_and_the_corrected_value():
    emids = shifts({str(k): 0.0 for k in range(11)})
    worst = worst_case(emids, rng=np.random.default_rng(0))
    assert worst.median_unbiased < worst.estimate.value
    assert worst.estimate.low < emids[worst.shift].low


def test_a_shift_without_an_interval_leaves_the_worst_case_without_one():
    emids = shifts({"user/german": 0.0, "user/korean": 1.0})
    emids["user/small"] = emid(emids["user/german"].id_result, split(6, 0.0, 3))
    worst = worst_case(emids, rng=np.random.default_rng(0))
    assert np.isnan([worst.estimate.low, worst.estimate.high, worst.median_unbiased]).all()
    assert worst.estimate.note == "no standard error for user/small"


def test_bad_input():
    with pytest.raises(RemidError, match="no shift"):
        worst_case({}, rng=np.random.default_rng(0))
    apart = {**shifts({"a": 0.0}), "b": shifts({"b": 0.0})["b"]}
    with pytest.raises(RemidError, match="different ID results"):
        worst_case(apart, rng=np.random.default_rng(0))
