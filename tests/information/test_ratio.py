"""Fieller's interval by its defining equation, and its coverage."""

import numpy as np
import pytest
from scipy import stats

from remid.information.emi import averaged
from remid.information.ratio import UNDEFINED, linear_ratio, ratio


def two(n=30, seed=0, a=0.5, b=1.0):
    rng = np.random.default_rng(seed)
    common = rng.standard_normal(n)
    return (
        averaged(a + 0.5 * common + 0.3 * rng.standard_normal(n)),
        averaged(b + 0.5 * common + 0.3 * rng.standard_normal(n)),
    )


def test_at_the_ends_the_difference_is_just_significant():
    above, below = two()
    found = ratio(above, below)
    assert found.value == pytest.approx(above.estimate.value / below.estimate.value)
    for end in (found.low, found.high):
        d = above.terms.values - end * below.terms.values
        t = d.mean() / (d.std(ddof=1) / np.sqrt(d.size))
        assert abs(t) == pytest.approx(stats.t.ppf(0.975, 29))


def test_it_does_not_depend_on_the_unit():
    above, below = two()
    halved = ratio(averaged(above.terms.values / 2), averaged(below.terms.values / 2))
    assert (halved.value, halved.low) == pytest.approx(
        (ratio(above, below).value, ratio(above, below).low)
    )


def test_the_correlation_narrows_it():
    above, below = two()
    apart = averaged(np.random.default_rng(5).permutation(above.terms.values))
    paired, alone = ratio(above, below), ratio(apart, below)
    assert paired.high - paired.low < alone.high - alone.low


def test_it_holds_the_truth():
    hits = []
    for seed in range(600):
        found = ratio(*two(n=12, seed=seed))
        hits.append(found.low <= 0.5 <= found.high)
    assert 0.93 <= np.mean(hits) <= 0.97


def test_where_the_divisor_may_be_0_it_is_undefined_and_says_so():
    above, below = two(b=0.05)
    found = ratio(above, below)
    assert np.isnan([found.low, found.high]).all() and found.note == UNDEFINED
    assert linear_ratio(above, below) is None


def test_the_linear_ratio_has_the_same_value_and_nearly_the_same_error():
    above, below = two(n=200)
    linear, exact = linear_ratio(above, below), ratio(above, below)
    assert linear.estimate.value == pytest.approx(exact.value)
    assert linear.estimate.standard_error == pytest.approx(exact.standard_error, rel=1e-9)
