"""The Gaussian world's closed forms against its samples."""

import numpy as np
import pytest

from remid.information.worlds.gaussian import GaussianWorld


def test_information_by_hand() -> None:
    # d/2 log(1 + (0.6 * 1 / 0.8)^2) = 1/2 log(1.5625)
    world = GaussianWorld(dimensions=1)
    assert world.information("id", gain=0.6, noise=0.8) == pytest.approx(0.5 * np.log(1.5625))


def test_a_model_that_answers_as_the_truth_has_no_emi() -> None:
    world = GaussianWorld(model_gain=0.6, model_noise=0.8)
    assert world.emi("id") == 0 and world.emi("shift") == 0


def test_its_scores_estimate_the_responders_emi() -> None:
    world, rng, n = GaussianWorld(), np.random.default_rng(3), 40_000
    pairs = np.stack([np.arange(n), (np.arange(n) + 1) % n], axis=1)
    scores = world.scores("shift", n, pairs, rng)
    found = np.mean(scores.reply_positive - scores.reply_negative) - np.mean(
        scores.reference_positive - scores.reference_negative
    )
    # 3 * 0.6 / 0.64 * (0.3 - 0.6) * 1.44 = -1.215; the standard error is about 0.02.
    assert world.responder_emi("shift") == pytest.approx(-1.215)
    assert found == pytest.approx(-1.215, abs=0.08)
