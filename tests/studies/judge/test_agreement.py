"""Correlations against values computed by hand."""

import numpy as np
import pytest
from scipy import stats

from remid.domain.errors import RemidError
from remid.studies.judge.agreement import agreement, agreement_difference


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
