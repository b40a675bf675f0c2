"""JS with its floor taken off, its terms by dialogue and its interval."""

import numpy as np
import pytest

from remid.domain.errors import RemidError
from remid.information.divergence import (
    gram_floor,
    gram_influence,
    gram_js,
    gram_terms,
    histogram_js,
    stacked_gram,
)
from remid.information.interval import Terms
from remid.information.moved import Divergence, averaged, divergence, input_shift


def known(raw, floor=0.0, n=10):
    flat = Terms(np.full(n, raw), np.arange(n))
    return Divergence(raw, floor, flat, flat)


def test_the_terms_are_the_js():
    rng = np.random.default_rng(0)
    gram = stacked_gram(rng.standard_normal((12, 40)), 1 + rng.standard_normal((9, 40)))
    terms = gram_terms(gram, 12)
    assert (terms[:12].mean() + terms[12:].mean()) / 2 == pytest.approx(gram_js(gram, 12))


def test_the_terms_of_histograms_by_hand():
    # P = (3/4, 1/4), Q = (1/4, 3/4), M = (1/2, 1/2): a value's term is log p - log m
    a, b = np.eye(2)[[0, 0, 0, 1]], np.eye(2)[[0, 1, 1, 1]]
    terms = gram_terms(stacked_gram(a, b), 4)
    high, low = np.log(3 / 2), np.log(1 / 2)
    assert terms == pytest.approx([high, high, high, low, low, high, high, high])


def test_influences_by_leaving_out_agree_with_the_terms_where_samples_are_large():
    rng = np.random.default_rng(6)
    laws = ([0.5, 0.3, 0.2], [0.2, 0.3, 0.5])
    gram = stacked_gram(*(np.eye(3)[rng.choice(3, 60, p=law)] for law in laws))
    terms, influence = gram_terms(gram, 60), gram_influence(gram, 60)
    assert (influence[:60].mean(), influence[60:].mean()) == pytest.approx([gram_js(gram, 60)] * 2)
    assert influence[:60].std() == pytest.approx(terms[:60].std(), rel=0.1)
    # long embeddings, few dialogues: the terms hardly differ though samples do
    few = stacked_gram(rng.standard_normal((10, 96)), rng.standard_normal((10, 96)))
    assert gram_influence(few, 10).std() > gram_terms(few, 10).std()


def test_the_floor_is_taken_off_and_zero_is_told():
    assert known(0.44, 0.41).value == pytest.approx(0.03)
    below = known(0.40, 0.41)
    assert below.value == 0 and (below.raw, below.floor) == (0.40, 0.41)
    assert below.estimate().value == 0


def test_unshifted_samples_are_near_zero_where_the_raw_js_is_not():
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((40, 60)), rng.standard_normal((40, 60))
    found = divergence(stacked_gram(a, b), np.arange(40), 40 + np.arange(40), rng)
    assert found.raw > 0.3
    assert found.value < 0.03


def test_the_interval_holds_the_true_js():
    """One-hot factors: representation JS is that of the histograms, whose truth is known."""
    rng = np.random.default_rng(2)
    p, q = np.array([0.5, 0.3, 0.1, 0.1]), np.array([0.1, 0.2, 0.3, 0.4])
    truth, n = histogram_js(p, q), 44
    held = []
    for _ in range(40):
        rows = [np.eye(4)[rng.choice(4, n, p=law)] for law in (p, q)]
        own = divergence(stacked_gram(*rows), np.arange(n), n + np.arange(n), rng).estimate()
        held.append(own.low <= truth <= own.high)
    # near 92% (docs/validation.md); binomial(40, 0.92): 31 or fewer in 0.4% of the cases
    assert sum(held) > 31


def test_replies_and_references_to_one_dialogue_are_exchanged_together():
    rng = np.random.default_rng(3)
    common = rng.standard_normal((30, 50))
    gram = stacked_gram(
        common + 0.1 * rng.standard_normal((30, 50)), common + 0.1 * rng.standard_normal((30, 50))
    )
    raw = gram_js(gram, 30)
    assert gram_floor(gram, 30, rng, paired=True) == pytest.approx(raw, rel=0.05)
    # dealt at random the two samples hold different dialogues
    assert gram_floor(gram, 30, rng) > 5 * raw
    with pytest.raises(RemidError, match="as many of each"):
        gram_floor(gram, 20, rng, paired=True)


def test_clusters_in_both_samples_add_up_before_they_are_squared():
    values = np.array([1.0, -1.0, 1.0, -1.0])
    labels = np.arange(4)
    same = Divergence(0.1, 0.0, Terms(values, labels), Terms(-values, labels))
    assert (same.contributions.values**2).sum() == pytest.approx(0)
    apart = Divergence(0.1, 0.0, Terms(values, labels), Terms(-values, 4 + labels))
    # s^2 / n = 4/3 / 4 each, times 1/4, twice
    assert (apart.contributions.values**2).sum() == pytest.approx(2 / 4 * 4 / 3 / 4)


def test_the_joint_moves_at_least_as_far_as_each_factor():
    rng = np.random.default_rng(4)
    centred = {name: rng.standard_normal((30, 96)) for name in ("user", "character", "dialogue")}
    moved = centred | {"user": 2 + rng.standard_normal((30, 96))}
    found = input_shift(centred, moved, rng=rng)
    # what is left of the product kernel's JS is less than what the user alone moved
    assert found.factors["user"].value > 0.1
    assert found.joint_value() >= found.factors["user"].value


def test_an_average_of_trainings():
    found = averaged([known(0.1), known(0.3, 0.1)])
    assert (found.raw, found.floor, found.value) == pytest.approx((0.2, 0.05, 0.15))
    assert found.first.values == pytest.approx(np.full(10, 0.2))


@pytest.mark.parametrize("wrong", [-0.1, 0.8, np.nan])
def test_divergences_are_checked(wrong):
    with pytest.raises(RemidError, match="expected from 0 to log 2"):
        known(wrong)


def test_both_splits_need_the_same_factors():
    with pytest.raises(RemidError, match="same factors"):
        input_shift({"user": np.eye(3)}, {"context": np.eye(3)}, rng=np.random.default_rng(0))
