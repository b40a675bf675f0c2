from dataclasses import asdict

import numpy as np
import pytest

from remid.domain.errors import RemidError
from remid.domain.estimate import Estimate
from remid.information.club import PairScores, negative_pairs, vclub
from remid.information.emi import (
    club_estimate,
    emi,
    emid,
    emid_difference,
    paired_difference,
    plain,
)


def two_models(n=24, seed=0):
    """Scores of a reference and of two models that share most of their noise."""
    rng = np.random.default_rng(seed)
    pairs = negative_pairs(n, design="cyclic", per_context=4, rng=rng)
    level = rng.standard_normal(n)

    def scored(shift, noise):
        own = level + shift + noise * rng.standard_normal(n)
        other = -2 + noise * rng.standard_normal(len(pairs))
        return PairScores(own, pairs, other)

    return scored(0, 0.1), scored(-0.5, 0.3), scored(-0.7, 0.3)


def result(reply, reference, level=0.95):
    return emi(reply, reference, level=level)


def test_emi_is_the_difference_of_two_vclubs():
    reference, reply, _ = two_models()
    found = result(reply, reference).estimate
    assert found.value == pytest.approx(vclub(reply) - vclub(reference))
    assert found.low < found.value < found.high


def test_what_reply_and_reference_share_cancels():
    reference, reply, _ = two_models()
    assert result(reply, reference).estimate.standard_error < (
        0.5 * club_estimate(reply).standard_error
    )


def test_emid_is_id_less_shift_and_is_an_estimate():
    first, second = result(*two_models()[1::-1]), result(*two_models(20, seed=1)[1::-1])
    loss = emid(first, second)
    assert isinstance(loss, Estimate)
    assert loss.value == pytest.approx(first.estimate.value - second.estimate.value)
    errors = first.estimate.standard_error, second.estimate.standard_error
    assert loss.standard_error == pytest.approx(np.hypot(*errors))
    assert loss.n == 20
    assert set(asdict(plain(loss))) == {
        "value",
        "standard_error",
        "low",
        "high",
        "n",
        "level",
        "note",
    }


def test_emid_of_common_dialogues_is_paired():
    reference, one, two = two_models()
    first, second = result(one, reference), result(two, reference)
    common = np.stack([np.arange(24)] * 2, axis=1)
    paired = emid(first, second, common=common)
    assert paired.standard_error == pytest.approx(paired_difference(first, second).standard_error)
    assert paired.value == pytest.approx(paired_difference(first, second).value)


def test_differences_of_two_models():
    reference, one, two = two_models()
    other_reference, other_one, other_two = two_models(20, seed=1)
    a, b = result(one, reference), result(two, reference)
    a_shift, b_shift = result(other_one, other_reference), result(other_two, other_reference)
    difference = paired_difference(a, b)
    assert difference.value == pytest.approx(vclub(one) - vclub(two))
    loss = emid_difference(a, a_shift, b, b_shift)
    assert loss.value == pytest.approx(
        vclub(one) - vclub(two) - vclub(other_one) + vclub(other_two)
    )
    within = paired_difference(a_shift, b_shift)
    assert loss.standard_error == pytest.approx(
        np.hypot(difference.standard_error, within.standard_error)
    )


def test_a_model_less_itself_is_exactly_zero():
    reference, one, _ = two_models()
    same = paired_difference(result(one, reference), result(one, reference))
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)


def test_small_samples_have_a_value_but_no_interval():
    found = result(*two_models(n=6)[1::-1])
    assert np.isfinite(found.estimate.value)
    assert np.isnan(found.estimate.low)
    loss = emid(result(*two_models()[1::-1]), found)
    assert np.isnan(loss.high)
    assert "6 dialogues are too few" in loss.note


def test_other_dialogues_or_levels_are_refused():
    reference, reply, _ = two_models()
    with pytest.raises(RemidError, match="24 and 20 dialogues"):
        emi(reply, two_models(20)[0])
    with pytest.raises(RemidError, match="level 0.95 and 0.9"):
        emid(result(reply, reference), result(reply, reference, level=0.9))
