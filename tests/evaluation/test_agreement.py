"""Correlations against values computed by hand."""

import numpy as np
import pytest

from remid.domain.errors import RemidError
from remid.evaluation.agreement import agreement


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
