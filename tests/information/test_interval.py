import numpy as np
import pytest
from scipy import stats

from remid.domain.errors import RemidError
from remid.information.club import negative_pairs
from remid.information.interval import (
    MINIMUM_DIALOGUES,
    Measured,
    components,
    holm,
    influence,
    measured,
    p_value,
    required_dialogues,
    subtract,
    uncertainty,
)


def drawn(n, seed=0, per_context=3):
    rng = np.random.default_rng(seed)
    pairs = negative_pairs(n, design="cyclic", per_context=per_context, rng=rng)
    return rng.standard_normal(n), pairs, rng.standard_normal(len(pairs))


def vclub(positive, negative):
    return positive.mean() - negative.mean()


@pytest.mark.parametrize("design", ["cyclic", "random", "all"])
def test_influence_is_what_leaving_a_dialogue_out_changes(design):
    n, rng = 9, np.random.default_rng(1)
    pairs = negative_pairs(n, design=design, per_context=3, rng=rng)
    positive, negative = rng.standard_normal(n), rng.standard_normal(len(pairs))
    change = influence(positive, pairs, negative)
    for left_out in range(n):
        kept = (pairs != left_out).all(axis=1)
        without = vclub(np.delete(positive, left_out), negative[kept])
        assert change[left_out] == pytest.approx((n - 1) * (vclub(positive, negative) - without))


def test_variance_by_hand():
    positive, pairs, negative = drawn(10)
    n, m = 10, 30
    change = influence(positive, pairs, negative)
    jackknife = ((change - change.mean()) ** 2).sum() / (n * (n - 1))
    error = negative - negative.mean()
    twice = 0.0
    for pair, value in zip(pairs, error, strict=True):
        for other, another in zip(pairs, error, strict=True):
            if set(pair) == set(other):
                twice += value * another / m**2
    parts = components(positive, pairs, negative)
    spread = uncertainty(parts)
    assert (parts.dialogues**2).sum() == pytest.approx(jackknife)
    assert spread.variance == pytest.approx(jackknife - twice)
    assert spread.degrees == pytest.approx(9 * ((jackknife - twice) / jackknife) ** 2)


def test_variance_is_unbiased_where_pairs_are_all_the_noise():
    # positives 0, independent pairs of variance 1: the mean of 3n pairs has variance 1 / 3n
    n, rng = 40, np.random.default_rng(2)
    pairs = negative_pairs(n, design="cyclic", per_context=3, rng=rng)
    negative = rng.standard_normal((4000, len(pairs)))
    parts = components(np.zeros((4000, n)), pairs, negative)
    spread = uncertainty(parts)
    # the stop at a quarter of the jackknife adds a little in this extreme case
    assert 1 < spread.variance.mean() * 3 * n < 1.1
    assert (parts.dialogues**2).sum(-1).mean() == pytest.approx(2 / (3 * n), rel=0.05)


def test_a_batch_is_its_data_sets_one_by_one():
    sets = [drawn(12, seed=4)[1:], drawn(12, seed=4)[1:]]
    pairs = sets[0][0]
    rng = np.random.default_rng(0)
    positive, negative = rng.standard_normal((2, 12)), rng.standard_normal((2, len(pairs)))
    together = uncertainty(components(positive, pairs, negative))
    for k in range(2):
        alone = uncertainty(components(positive[k], pairs, negative[k]))
        assert together.variance[k] == pytest.approx(float(alone.variance))


def test_independent_splits_add_their_variances_and_welch_degrees():
    first, second = components(*drawn(10, 1)), components(*drawn(16, 2))
    a, b = uncertainty(first), uncertainty(second)
    both = uncertainty(subtract(first, second))
    assert both.variance == pytest.approx(a.variance + b.variance)
    spread = (first.dialogues**2).sum() ** 2 / 9 + (second.dialogues**2).sum() ** 2 / 15
    welch = (a.variance + b.variance) ** 2 / spread
    assert both.degrees == pytest.approx(welch)


def test_a_split_less_itself_has_no_variance():
    parts = components(*drawn(10))
    same = np.stack([np.arange(10)] * 2, axis=1)
    assert subtract(parts, parts, same).dialogues == pytest.approx(np.zeros(10))


def test_common_dialogues_take_their_covariance_off():
    positive, pairs, negative = drawn(30)
    rng = np.random.default_rng(9)
    near = positive + 0.1 * rng.standard_normal(30), negative + 0.1 * rng.standard_normal(90)
    first, second = components(positive, pairs, negative), components(near[0], pairs, near[1])
    same = np.stack([np.arange(30)] * 2, axis=1)
    paired, apart = uncertainty(subtract(first, second, same)), uncertainty(subtract(first, second))
    direct = uncertainty(components(positive - near[0], pairs, negative - near[1]))
    assert paired.variance == pytest.approx(float(direct.variance))
    assert paired.degrees == pytest.approx(float(direct.degrees))
    assert paired.variance < 0.05 * apart.variance


def test_common_dialogues_may_be_some_and_in_another_order():
    first, second = components(*drawn(10, 1)), components(*drawn(12, 2))
    parts = subtract(first, second, np.array([[3, 0], [1, 11]]))
    assert parts.dialogues.shape == (20,)
    assert parts.dialogues[3] == pytest.approx(first.dialogues[3] - second.dialogues[0])
    assert np.bincount(parts.blocks).tolist() == [0, 8, 10, 2]


@pytest.mark.parametrize("common", [[[0, 0], [0, 1]], [[10, 0]], [[-1, 0]], [0, 1]])
def test_common_dialogues_are_checked(common):
    first, second = components(*drawn(10, 1)), components(*drawn(12, 2))
    with pytest.raises(RemidError, match="name each dialogue once"):
        subtract(first, second, np.array(common))


def test_interval_is_t_around_the_value():
    parts = components(*drawn(20))
    spread = uncertainty(parts)
    result = measured(1.5, parts, n=20, level=0.9)
    half = stats.t.ppf(0.95, spread.degrees) * np.sqrt(spread.variance)
    assert (result.low, result.high) == pytest.approx((1.5 - half, 1.5 + half))
    assert result.n == 20
    assert result.note == ""


def test_too_few_dialogues_have_no_interval():
    result = measured(0.3, components(*drawn(7)), n=7, level=0.95)
    assert result.value == 0.3
    assert np.isnan([result.standard_error, result.low, result.high]).all()
    assert result.note == "7 dialogues are too few for an interval; it takes 8"
    assert np.isnan(p_value(result))


def test_a_dialogue_in_every_pair_leaves_no_interval():
    pairs = np.array([[0, j] for j in range(1, 9)])
    parts = components(np.arange(9.0), pairs, np.arange(8.0))
    assert "every negative pair" in measured(0.0, parts, n=9, level=0.95).note


def test_equal_scores_have_no_spread():
    positive, pairs, negative = drawn(10)
    result = measured(0.0, components(0 * positive, pairs, 0 * negative), n=10, level=0.95)
    assert (result.standard_error, result.low, result.high) == (0.0, 0.0, 0.0)
    assert "nothing varies" in result.note


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_level_is_a_share(level):
    with pytest.raises(RemidError, match="between 0 and 1"):
        measured(0.0, components(*drawn(10)), n=10, level=level)


def test_p_value_meets_the_interval():
    parts = components(*drawn(20))
    half = measured(0.0, parts, n=20, level=0.95).high
    assert p_value(measured(half, parts, n=20, level=0.95)) == pytest.approx(0.05)


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
