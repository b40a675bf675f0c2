"""Coefficients on many resamples at once, against scipy on each."""

import numpy as np
import pytest
from scipy import stats

from remid.studies.agreement.resampled import of_means, of_rows, resampled

RNG = np.random.default_rng(2)
GROUPS = [f"g{k // 2}" for k in range(20)]
X, Y = RNG.integers(0, 6, 20).astype(float), RNG.normal(size=20)
BY = {"pearson": stats.pearsonr, "spearman": stats.spearmanr, "kendall": stats.kendalltau}


def test_the_first_is_the_sample_itself() -> None:
    found = of_rows(X, Y, resampled(GROUPS, 3, np.random.default_rng(0)))
    for name, values in found.items():
        assert values.shape == (4,) and values[0] == pytest.approx(BY[name](X, Y).statistic)


@pytest.mark.parametrize("name", BY)
def test_a_resample_is_rows_repeated(name: str) -> None:
    sample = resampled(GROUPS, 5, np.random.default_rng(1))
    found = of_rows(X, Y, sample)[name]  # type: ignore[index]
    for k in range(1, 6):
        rows = np.repeat(np.arange(20), sample.weights[k][sample.place].astype(int))
        assert found[k] == pytest.approx(BY[name](X[rows], Y[rows]).statistic)


def test_means_of_systems_in_the_sample() -> None:
    units = np.arange(20) % 4
    found = of_means(X, Y, units, resampled(GROUPS, 1, np.random.default_rng(0)))
    means = [[v[units == k].mean() for k in range(4)] for v in (X, Y)]
    assert found["pearson"][0] == pytest.approx(stats.pearsonr(*means).statistic)


def test_whole_groups_are_drawn() -> None:
    sample = resampled(GROUPS, 50, np.random.default_rng(0))
    assert sample.weights.sum(1).tolist() == [10.0] * 51
