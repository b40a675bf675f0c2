from dataclasses import asdict

import numpy as np
import pytest

from remid.domain.errors import RemidError
from remid.domain.estimate import Estimate
from remid.information.club import PairScores, vclub
from remid.information.emi import (
    emi,
    emid,
    emid_difference,
    information,
    model_difference,
    plain,
    pooled_emid,
)
from remid.information.negatives import negative_pairs


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


def result(reply, reference, first=0, level=0.95):
    """R-EMI of dialogues that are numbered from `first`."""
    return emi(reply, reference, clusters=first + np.arange(reply.n), level=level)


def test_emi_is_the_difference_of_two_vclubs():
    reference, reply, _ = two_models()
    found = result(reply, reference).estimate
    assert found.value == pytest.approx(vclub(reply) - vclub(reference))
    assert found.low < found.value < found.high


def test_what_reply_and_reference_share_cancels():
    reference, reply, _ = two_models()
    assert result(reply, reference).estimate.standard_error < (
        0.5 * information(reply).estimate.standard_error
    )


def test_terms_have_the_estimate_as_their_mean():
    reference, reply, _ = two_models()
    found = result(reply, reference)
    assert found.terms.values == pytest.approx(reply.terms - reference.terms)
    assert found.terms.mean == pytest.approx(found.estimate.value)


def test_levels_of_replies_leave_the_interval_as_it_is():
    """S[i, j] = b_j + ...: a model whose replies differ strongly in level has no wider interval."""
    reference, reply, _ = two_models()
    level = 5 * np.random.default_rng(9).standard_normal(24)
    moved = PairScores(
        reply.positive + level, reply.pairs, reply.negative + level[reply.pairs[:, 1]]
    )
    plain_one, other = result(reply, reference).estimate, result(moved, reference).estimate
    assert (other.low, other.high) == pytest.approx((plain_one.low, plain_one.high))


def test_clusters_widen_the_interval_where_their_dialogues_are_alike():
    reference, reply, _ = two_models()
    twice = PairScores(np.zeros(24), reference.pairs, np.zeros(len(reference.pairs)))
    alike = np.repeat(np.random.default_rng(2).standard_normal(12), 2)
    bumped = PairScores(reply.positive + alike, reply.pairs, reply.negative)
    apart = emi(bumped, twice).estimate
    together = emi(bumped, twice, clusters=np.repeat(np.arange(12), 2)).estimate
    assert together.value == apart.value
    assert together.standard_error > 1.2 * apart.standard_error
    assert together.degrees == pytest.approx(11)


def test_emid_is_id_less_shift_and_is_an_estimate():
    first, second = result(*two_models()[1::-1]), result(*two_models(20, seed=1)[1::-1], first=24)
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


def test_emid_of_common_clusters_is_paired():
    reference, one, two = two_models()
    first, second = result(one, reference), result(two, reference)
    paired, apart = emid(first, second), emid(first, result(two, reference, first=24))
    assert paired.standard_error == pytest.approx(
        model_difference(first, second).estimate.standard_error
    )
    assert paired.value == apart.value
    assert paired.standard_error < apart.standard_error


def test_a_mean_over_shifts_counts_the_error_of_id_once():
    first = result(*two_models()[1::-1])
    shifts = [result(*two_models(20, seed=k)[1::-1], first=100 * k) for k in (1, 2)]
    pooled = pooled_emid(first, shifts)
    assert pooled.value == pytest.approx(np.mean([emid(first, own).value for own in shifts]))
    errors = [own.estimate.standard_error**2 for own in (first, *shifts)]
    assert pooled.standard_error**2 == pytest.approx(errors[0] + (errors[1] + errors[2]) / 4)
    assert pooled.n == 24  # ID's dialogues are fewer than the shifts' 40


def test_differences_of_two_models():
    reference, one, two = two_models()
    other_reference, other_one, other_two = two_models(20, seed=1)
    a, b = result(one, reference), result(two, reference)
    a_shift = result(other_one, other_reference, first=24)
    b_shift = result(other_two, other_reference, first=24)
    difference = model_difference(a, b).estimate
    assert difference.value == pytest.approx(vclub(one) - vclub(two))
    loss = emid_difference(a, a_shift, b, b_shift)
    assert loss.value == pytest.approx(
        vclub(one) - vclub(two) - vclub(other_one) + vclub(other_two)
    )
    within = model_difference(a_shift, b_shift).estimate
    assert loss.standard_error == pytest.approx(
        np.hypot(difference.standard_error, within.standard_error)
    )


def test_a_model_less_itself_is_exactly_zero():
    reference, one, _ = two_models()
    same = model_difference(result(one, reference), result(one, reference)).estimate
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
    with pytest.raises(RemidError, match="levels .0.9, 0.95., expected one"):
        emid(result(reply, reference), result(reply, reference, level=0.9))
    with pytest.raises(RemidError, match="different clusters, expected the same dialogues"):
        model_difference(result(reply, reference), result(reply, reference, first=1))
