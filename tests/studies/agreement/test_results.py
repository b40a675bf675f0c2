"""Planted agreement is found, beside ceilings that follow from the noise of the raters."""

import numpy as np
import pytest

from remid.studies.agreement.measures import MEASURES, ReplyScores, measures
from remid.studies.agreement.results import Rated, results
from remid.studies.agreement.shown import forest, grids, sentences

CONTEXTS, SYSTEMS, RATERS = 50, 4, 3


@pytest.fixture(scope="module")
def planted():
    """Quality q; measures q + noise and noise alone, raters q + noise, all noise of variance 1."""
    rng = np.random.default_rng(3)
    n = CONTEXTS * SYSTEMS
    quality = np.tile([-1.0, -0.3, 0.3, 1.0], CONTEXTS) + rng.normal(0, 1, n)
    noise = {name: rng.normal(0, 1, n) for name in MEASURES}
    noise["information per token"] = quality + rng.normal(0, 1, n)
    noise["R-EMI per token"] = np.where(np.arange(n) < 100, noise["information per token"], np.nan)
    ratings = quality[:, None] + rng.normal(0, 1, (n, RATERS))
    rated = Rated(
        noise,
        {"rating": [dict(zip("xyz", row, strict=True)) for row in ratings.tolist()]},
        list("abcd") * CONTEXTS,
        [f"c{k // SYSTEMS}" for k in range(n)],
    )
    return rated, results(rated, level=0.95, resamples=400, seed=1)


def test_planted_correlations_are_found(planted) -> None:
    _, found = planted
    # Variance of q: 1 + mean of (1, .09, .09, 1) = 1.545. Of the mean of three raters 1.545 + 1/3.
    expected = 1.545 / np.sqrt((1.545 + 1) * (1.545 + 1 / 3))
    own = found.row("rating", "information per token").per_reply.pearson
    assert own.low < expected < own.high and own.value == pytest.approx(expected, abs=0.1)
    assert found.row("rating", "information per token").per_system.kendall.value == pytest.approx(1)
    nothing = found.row("rating", "length").per_reply.spearman
    assert nothing.low < 0 < nothing.high


def test_a_ceiling_follows_from_the_noise_of_the_raters(planted) -> None:
    _, found = planted
    # One rater q + e, the rest q + e / sqrt(2).
    expected = 1.545 / np.sqrt((1.545 + 1) * (1.545 + 1 / 2))
    [row] = found.ceilings
    assert row.raters == 3 and set(row.per_reply.by_rater) == set("xyz")
    assert row.per_reply.mean.pearson.value == pytest.approx(expected, abs=0.1)
    assert row.per_system.mean.pearson.value > 0.9


def test_what_has_no_reference_is_left_out_of_r_emi_alone(planted) -> None:
    _, found = planted
    assert found.row("rating", "R-EMI per token").replies == 100
    assert found.row("rating", "length").replies == 200


def test_systems_stand_in_the_order_of_their_ratings(planted) -> None:
    rated, found = planted
    assert [row.system for row in found.systems] == ["d", "c", "b", "a"]
    mean = rated.mean("rating")[np.array(rated.systems) == "d"].mean()
    assert found.systems[0].ratings["rating"] == pytest.approx(mean)


def test_the_tables_say_ceilings_and_what_is_undefined(planted) -> None:
    _, found = planted
    shown = grids(found, 2)
    assert shown[0].rows[-1][0] == "one rater with the rest"
    assert len(shown[0].rows) == len(MEASURES) + 1
    told = " ".join(sentences(found, 0.97, 2))
    assert "One of 3 raters has" in told and "Saturated: the own context beats 97%" in told
    assert "Saturated" not in " ".join(sentences(found, 0.9, 2))
    assert len(forest(found).axes) == 2


def test_measures_of_one_reply_by_hand() -> None:
    own = ReplyScores(
        positive=np.array([-1.0, -2.0, -3.0]),
        negative=np.array([[-2.0, -2.0, -4.0], [-4.0, -2.0, -4.0]]),
        copied=np.array([True, False, False]),
        shuffled=np.array([-5.0]),
    )
    found = measures(own, None, 0.5)
    # Means of the negatives -3, -2, -4: terms 2, 0, 1, of which 2 copied.
    assert found["information per reply"] == 3 and found["information per token"] == 1
    assert found["information per reply, copied"] == 2
    assert found["information per reply, novel"] == 1
    assert found["order of words"] == 3 and found["log-perplexity"] == 2
    assert found["length"] == 3 and found["tokens copied"] == pytest.approx(1 / 3)
    assert np.isnan(found["R-EMI per reply"]) and own.beaten == 1
    beside = measures(own, own, 0.5)
    assert beside["R-EMI per token"] == 0 and beside["R-EMI per reply, copied"] == 0
