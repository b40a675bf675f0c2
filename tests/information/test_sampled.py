"""Entropies from single draws: unbiased on average, the largest not larger the more are drawn."""

import numpy as np
import pytest

from remid.domain.errors import RemidError
from remid.information.sampled import sampled_entropies, token_noise

LAW = np.array([0.7, 0.2, 0.1])
SURPRISAL = -np.log(LAW)
ENTROPY = float(LAW @ SURPRISAL)
TOKENS = 30


def replies(n, rng):
    """Surprisals (n, tokens) of replies whose tokens all have one law: H(Y | x) is 30 H."""
    return SURPRISAL[rng.choice(3, (n, TOKENS), p=LAW)]


def test_noise_by_hand():
    # 1, 2, 3: variance 1 a token, three tokens
    assert token_noise(np.array([1.0, 2.0, 3.0])) == pytest.approx(3)
    assert np.isnan(token_noise(np.array([1.0])))


def test_noise_is_the_variance_of_a_reply_s_surprisal():
    tokens = replies(20_000, np.random.default_rng(0))
    estimated = np.mean([token_noise(own) for own in tokens[:2000]])
    assert estimated == pytest.approx(tokens.sum(1).var(), rel=0.03)


def test_the_largest_does_not_grow_with_n_where_single_draws_do():
    rng, truth = np.random.default_rng(1), TOKENS * ENTROPY
    largest = {}
    for n in (20, 2000):
        tokens = replies(n, rng)
        draws, noise = tokens.sum(1), np.array([token_noise(own) for own in tokens])
        largest[n] = (draws.max(), sampled_entropies(draws, noise).max())
    # 3 standard deviations of a reply are about 11 nats above 24
    assert largest[2000][0] > truth + 10 and largest[2000][0] > largest[20][0]
    assert largest[20][1] == pytest.approx(truth, abs=3)
    assert largest[2000][1] == pytest.approx(truth, abs=1.5)


def test_shrinking_by_hand_keeps_the_mean():
    # variance of 1, 2, 3, 6 is 14/3; noise 7/3 is half of it, so distances from 3 are halved
    draws = np.array([1.0, 2.0, 3.0, 6.0])
    assert sampled_entropies(draws, np.full(4, 7 / 3)) == pytest.approx([2, 2.5, 3, 4.5])
    assert sampled_entropies(draws, np.full(4, 9.0)) == pytest.approx([3, 3, 3, 3])
    assert sampled_entropies(draws, np.full(4, np.nan)) == pytest.approx(draws)
    assert sampled_entropies(draws, np.array([7 / 3, np.nan, 7 / 3, np.nan])).mean() == 3


def test_inputs_that_differ_are_still_told_apart():
    rng = np.random.default_rng(2)
    truth = np.repeat([20.0, 40.0], 50)
    draws = truth + rng.normal(0, 3, 100)
    found = sampled_entropies(draws, np.full(100, 9.0))
    assert np.abs(found - truth).mean() < np.abs(draws - truth).mean()
    assert found.max() == pytest.approx(40, abs=8)


def test_one_variance_for_each_draw():
    with pytest.raises(RemidError, match="one variance for each draw"):
        sampled_entropies(np.ones(3), np.ones(2))
