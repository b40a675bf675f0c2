"""Correlations against values computed by hand."""

import numpy as np
import pytest
from scipy import stats

from remid.domain.errors import RemidError
from remid.studies.agreement.correlations import (
    agreement,
    agreement_difference,
    ceiling,
    system_agreement,
)
from remid.studies.agreement.resampled import of_rows, resampled


def test_coefficients_of_five_pairs() -> None:
    # ranks (1,2,3,4,5) and (2,1,4,3,5): sum of squared rank differences 4,
    # Spearman 1 - 6*4/(5*24) = 0.8; 8 concordant and 2 discordant pairs of 10: Kendall 0.6
    found = agreement([1, 2, 3, 4, 5], [2, 1, 4, 3, 5], rng=np.random.default_rng(0))
    assert found.spearman.value == pytest.approx(0.8)
    assert found.pearson.value == pytest.approx(0.8)
    assert found.kendall.value == pytest.approx(0.6)
    assert found.kendall.low < 0.6 < found.kendall.high <= 1.0


def test_a_perfect_ranking_has_a_perfect_interval() -> None:
    found = agreement(np.arange(8.0), np.arange(8.0) ** 3, rng=np.random.default_rng(0))
    assert (found.spearman.low, found.spearman.value, found.spearman.high) == pytest.approx(
        (1, 1, 1)
    )


@pytest.mark.parametrize(
    ("metric", "judge", "told"),
    [
        ([1, 2, 3], [1, 2, 3], "k >= 5"),
        ([1, 2, 3, 4, np.nan], [1, 2, 3, 4, 5], "pair 4 is not finite"),
        ([1, 1, 1, 1, 1], [1, 2, 3, 4, 5], "a constant score"),
    ],
)
def test_undefined_is_an_error(metric: list, judge: list, told: str) -> None:
    with pytest.raises(RemidError, match=told):
        agreement(metric, judge, rng=np.random.default_rng(0))


def test_whole_groups_are_resampled() -> None:
    # Two models on five splits that rank perfectly within every split, and apart from that alike:
    # a resample of splits keeps both pairs of each, so every resample has the same coefficient.
    metric, judge = np.tile([0.0, 1.0], 5), np.tile([2.0, 3.0], 5)
    splits = np.repeat(list("abcde"), 2)
    found = agreement(metric, judge, groups=list(splits), rng=np.random.default_rng(0))
    assert (found.pearson.low, found.pearson.high) == pytest.approx((1, 1))
    assert found.pearson.n == 10 and found.pearson.note == ""
    with pytest.raises(RemidError, match="2 groups to resample"):
        agreement(metric, judge, groups=["a", "b"] * 5, rng=np.random.default_rng(0))


def test_a_difference_of_agreements_is_paired() -> None:
    judge = np.arange(6.0)
    other = np.array([1.0, 0, 2, 3, 4, 5])
    # Spearman of one swap of neighbours among 6: 1 - 6*2/(6*35) = 33/35
    found = agreement_difference(judge, other, judge, rng=np.random.default_rng(0))
    assert found.spearman.value == pytest.approx(1 - 33 / 35)
    assert found.spearman.low >= 0
    same = agreement_difference(other, other, judge, rng=np.random.default_rng(0))
    assert (same.kendall.low, same.kendall.value, same.kendall.high) == (0, 0, 0)


def test_ties_count_as_in_scipy() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.integers(0, 4, 20).astype(float), rng.integers(0, 4, 20).astype(float)
    found = agreement(x, y, rng=rng, resamples=100)
    assert found.pearson.value == pytest.approx(stats.pearsonr(x, y).statistic)
    assert found.spearman.value == pytest.approx(stats.spearmanr(x, y).statistic)
    assert found.kendall.value == pytest.approx(stats.kendalltau(x, y).statistic)


def test_every_resample_is_what_scipy_gives_on_its_rows() -> None:
    rng = np.random.default_rng(8)
    groups = rng.integers(0, 6, 30)
    x, y = rng.integers(0, 5, 30).astype(float), rng.integers(0, 5, 30).astype(float)
    sample = resampled(groups, 20, np.random.default_rng(1))
    drawn = of_rows(x, y, sample)
    for k, weights in enumerate(sample.weights):
        rows = np.repeat(np.arange(30), weights[sample.place].astype(int))
        assert drawn["pearson"][k] == pytest.approx(stats.pearsonr(x[rows], y[rows]).statistic)
        assert drawn["spearman"][k] == pytest.approx(stats.spearmanr(x[rows], y[rows]).statistic)
        assert drawn["kendall"][k] == pytest.approx(stats.kendalltau(x[rows], y[rows]).statistic)


def test_systems_are_ranked_by_their_means() -> None:
    # Means of the metric: a 2, b 3, c 4; of the rating: a 2, b 4, c 3. Differences from the means
    # -1, 0, 1 and -1, 1, 0: Pearson 1/2; two of three pairs concordant, one not: Kendall 1/3.
    systems, metric, rating = list("abc") * 6, np.tile([2.0, 3, 4], 6), np.tile([2.0, 4, 3], 6)
    groups = np.repeat(list("uvwxyz"), 3)
    noise = np.repeat([0.5, -0.5, 0.3, -0.3, 0.1, -0.1], 3)  # of contexts: it moves no mean
    found = system_agreement(
        metric + noise, rating, systems=systems, groups=list(groups), rng=np.random.default_rng(0)
    )
    assert found.pearson.value == pytest.approx(1 / 2)
    assert found.kendall.value == pytest.approx(1 / 3)
    assert found.spearman.value == pytest.approx(1 / 2)
    assert (found.kendall.low, found.kendall.high, found.kendall.n) == pytest.approx(
        (1 / 3, 1 / 3, 3)
    )
    with pytest.raises(RemidError, match="2 systems"):
        system_agreement(
            metric, rating, systems=["a", "b"] * 9, groups=list(groups),
            rng=np.random.default_rng(0),
        )  # fmt: skip


def test_a_rater_is_set_against_the_mean_of_the_rest() -> None:
    # p 1..6 against the mean of q and r, (2, 1.5, 3.5, 4, 5.5, 5.5): by hand below.
    ratings = np.array(
        [[1.0, 2, 2], [2, 1, 2], [3, 4, 3], [4, 4, 4], [5, 5, 6], [6, 6, 5], [9, np.nan, np.nan]]
    )
    groups = list("abcdefg")
    found = ceiling(ratings, ["p", "q", "r"], groups=groups, rng=np.random.default_rng(0))
    rest = (ratings[:6, 1] + ratings[:6, 2]) / 2
    x, y = ratings[:6, 0] - 3.5, rest - rest.mean()
    by_hand = (x * y).sum() / np.sqrt((x**2).sum() * (y**2).sum())
    assert found.by_rater["p"]["pearson"] == pytest.approx(by_hand)
    # Of 15 pairs one is discordant, (1, 2), and one tied in the rest, (5, 6): (13 - 1) / sqrt(15 * 14).
    assert found.by_rater["p"]["kendall"] == pytest.approx(12 / np.sqrt(15 * 14))
    assert found.mean.pearson.value == pytest.approx(
        np.mean([own["pearson"] for own in found.by_rater.values()])
    )
    assert found.mean.pearson.n == 6 and found.left_out == ()


def test_a_rater_who_rates_all_alike_is_no_ceiling() -> None:
    ratings = np.stack([np.arange(6.0), np.arange(6.0) + 1, np.ones(6)], axis=1)
    # Beside the constant third, the mean of the rest is still in order.
    found = ceiling(ratings, list("pqr"), groups=list("abcdef"), rng=np.random.default_rng(0))
    assert found.left_out == ("r",)
    assert found.mean.spearman.value == pytest.approx(1)
    with pytest.raises(RemidError, match="no rater"):
        ceiling(ratings[:, :1], ["p"], groups=list("abcdef"), rng=np.random.default_rng(0))
