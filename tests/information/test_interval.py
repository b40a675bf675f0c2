"""Intervals from terms, with the arithmetic in sight; coverage is in worlds/test_coverage.py."""

import numpy as np
import pytest
from scipy import stats

from remid.domain.errors import RemidError
from remid.information.interval import (
    MINIMUM_CLUSTERS,
    MINIMUM_DIALOGUES,
    Measured,
    Terms,
    combine,
    estimate,
    holm,
    measured,
    p_value,
    required_dialogues,
    uncertainty,
)


def drawn(n, seed=0, first=0):
    return Terms(np.random.default_rng(seed).standard_normal(n), first + np.arange(n))


def test_one_split_has_the_variance_of_a_mean_and_its_degrees():
    own = drawn(10)
    spread = uncertainty(combine([own], [1]))
    assert spread.variance == pytest.approx(own.values.var(ddof=1) / 10)
    assert spread.degrees == pytest.approx(9)


def test_clusters_are_summed_before_they_are_squared():
    values = np.array([1.0, 3.0, 2.0, 2.0, 5.0, 5.0])
    own = Terms(values, np.array([7, 7, 8, 8, 9, 9]))
    # mean 3; sums of errors by cluster -2, -2, 4 over n = 6; times sqrt(3 / 2), squared
    spread = uncertainty(combine([own], [1]))
    assert spread.variance == pytest.approx((4 + 4 + 16) / 36 * 3 / 2)
    assert spread.degrees == pytest.approx(2)


def test_independent_splits_add_their_variances_and_welch_degrees():
    first, second = drawn(10, 1), drawn(16, 2, first=10)
    a, b = (float(uncertainty(combine([part], [1])).variance) for part in (first, second))
    both = uncertainty(combine([first, second], [1, -1]))
    assert both.variance == pytest.approx(a + b)
    assert both.degrees == pytest.approx((a + b) ** 2 / (a**2 / 9 + b**2 / 15))


def test_common_clusters_are_paired():
    first, second = drawn(12, 1), drawn(12, 2)
    spread = uncertainty(combine([first, second], [1, -1]))
    difference = first.values - second.values
    assert spread.variance == pytest.approx(difference.var(ddof=1) / 12)
    assert spread.degrees == pytest.approx(11)


def test_splits_that_share_some_clusters_pair_those_alone():
    first = Terms(np.array([1.0, -1.0, 2.0, -2.0]), np.array([0, 1, 2, 3]))
    second = Terms(np.array([3.0, -3.0]), np.array([3, 4]))
    parts = combine([first, second], [1, -1])
    # scaled by sqrt(4/3) / 4 = 0.2887 and sqrt(2) / 2 = 0.7071
    a, b = np.sqrt(4 / 3) / 4, np.sqrt(2) / 2
    assert parts.values == pytest.approx([a, -a, 2 * a, -2 * a - 3 * b, 3 * b])
    assert parts.blocks.tolist() == [1, 1, 1, 3, 2]


def test_a_split_less_itself_has_no_variance():
    own = drawn(10)
    assert uncertainty(combine([own, own], [1, -1])).variance == 0


def test_a_batch_is_its_data_sets_one_by_one():
    values = np.random.default_rng(3).standard_normal((2, 12))
    labels = np.repeat(np.arange(6), 2)
    together = uncertainty(combine([Terms(values, labels)], [1]))
    for k in range(2):
        alone = uncertainty(combine([Terms(values[k], labels)], [1]))
        assert together.variance[k] == pytest.approx(float(alone.variance))


def test_the_interval_is_a_t_interval():
    own = drawn(20)
    found = estimate([own], [1], n=20, level=0.9)
    error = own.values.std(ddof=1) / np.sqrt(20)
    assert found.value == pytest.approx(own.values.mean())
    assert found.standard_error == pytest.approx(error)
    assert found.high - found.value == pytest.approx(stats.t.ppf(0.95, 19) * error)


def test_too_few_dialogues_or_clusters_have_a_value_but_no_interval():
    few = estimate([drawn(7)], [1], n=7, level=0.95)
    assert np.isfinite(few.value) and np.isnan(few.low)
    assert few.note == f"7 dialogues are too few for an interval; it takes {MINIMUM_DIALOGUES}"
    own = Terms(np.arange(12.0), np.repeat([0, 1, 2], 4))
    alike = estimate([own], [1], n=12, level=0.95)
    assert np.isnan(alike.high)
    assert alike.note == f"3 clusters are too few for an interval; it takes {MINIMUM_CLUSTERS}"


def test_where_nothing_varies_the_interval_is_a_point():
    found = estimate([Terms(np.full(10, 0.5), np.arange(10))], [1], n=10, level=0.95)
    assert (found.standard_error, found.low, found.high) == (0.0, 0.5, 0.5)
    assert np.isnan(p_value(found))


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_a_level_that_is_no_share_is_refused(level):
    with pytest.raises(RemidError, match="expected a share between 0 and 1"):
        measured(0.0, combine([drawn(10)], [1]), n=10, clusters=10, level=level)


def test_p_value_meets_the_interval():
    parts = combine([drawn(20)], [1])
    half = measured(0.0, parts, n=20, clusters=20, level=0.95).high
    assert p_value(measured(half, parts, n=20, clusters=20, level=0.95)) == pytest.approx(0.05)


def test_holm_by_hand():
    # sorted 0.01 0.02 0.04 -> x3 0.03, x2 0.04, x1 0.04, made monotone
    assert holm([0.04, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.6, 0.5]) == pytest.approx([1.0, 1.0])
    # nan is not counted: two tests remain
    assert holm([0.01, np.nan, 0.04]) == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)
    assert holm([]).size == 0


def test_required_dialogues_by_hand():
    # se 0.1 at n = 100 with 1e9 degrees: 1.96 * 0.1 * sqrt(100 / n) <= 0.098 -> n = 400
    result = Measured(0.0, 0.1, 0.0, 0.0, 100, 0.95, "", 1e9)
    assert required_dialogues(result, 0.09799820) == 400
    assert required_dialogues(result, 0.0979981) == 401
    assert required_dialogues(result, 100.0) == MINIMUM_DIALOGUES


@pytest.mark.parametrize("half_width", [0.0, -1.0, np.nan])
def test_required_dialogues_wants_a_width(half_width):
    with pytest.raises(RemidError, match="half width"):
        required_dialogues(Measured(0.0, 0.1, 0.0, 0.0, 100, 0.95, "", 50.0), half_width)
