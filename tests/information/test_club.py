import numpy as np
import pytest

from remid.domain.errors import RemidError
from remid.information.club import PairScores, beaten, bracket, leave_one_out, terms, vclub


def scores(
    positive=(-1.0, -2.0, -3.0), pairs=((0, 1), (1, 2), (2, 0)), negative=(-4.0, -5.0, -6.0)
):
    return PairScores(np.array(positive), np.array(pairs), np.array(negative))


def test_vclub_is_the_difference_of_two_means():
    # (-1 - 2 - 3) / 3 - (-4 - 5 - 6) / 3 = -2 + 5
    assert vclub(scores()) == pytest.approx(3.0)


def test_terms_centre_each_reply_on_its_own_negatives():
    # replies 1 and 2 have one negative each, reply 0 two: c_0 = -1 - (-6 - 8) / 2
    some = scores(pairs=((0, 1), (1, 2), (2, 0), (1, 0)), negative=(-4.0, -5.0, -6.0, -8.0))
    assert some.terms.tolist() == [6.0, 2.0, 2.0]
    assert vclub(some) == pytest.approx(10 / 3)


def test_terms_take_the_level_of_a_reply_off_exactly():
    level = np.array([5.0, -7.0, 0.3])
    pairs = np.array([(0, 1), (1, 2), (2, 0)])
    plain, moved = (
        scores(),
        scores(
            positive=np.array([-1.0, -2.0, -3.0]) + level,
            negative=np.array([-4.0, -5.0, -6.0]) + level[pairs[:, 1]],
        ),
    )
    assert moved.terms == pytest.approx(plain.terms, abs=1e-12)


def test_where_a_reply_has_no_negative_the_mean_is_that_of_all_pairs():
    positive, pairs = np.array([-1.0, -2.0, -3.0]), np.array([(0, 1), (1, 2)])
    own = terms(positive, pairs, np.array([-4.0, -6.0]))
    # each negative counts n / m = 3 / 2; the mean is -2 - (-5)
    assert own.tolist() == [-1.0, -2.0 + 6.0, -3.0 + 9.0]
    assert own.mean() == pytest.approx(3.0)


def test_terms_of_a_batch_are_those_of_its_data_sets():
    rng = np.random.default_rng(0)
    pairs = np.array([(0, 1), (1, 2), (2, 0)])
    positive, negative = rng.standard_normal((2, 3)), rng.standard_normal((2, 3))
    both = terms(positive, pairs, negative)
    for k in range(2):
        assert both[k] == pytest.approx(terms(positive[k], pairs, negative[k]))


def test_beaten_is_the_share_of_negatives_below_the_own_context():
    # replies 1, 2, 0 score -2, -3, -1 under their own contexts
    assert beaten(scores(negative=(-1.0, -5.0, -6.0))) == pytest.approx(2 / 3)


def test_leave_one_out_by_hand():
    # reply 0: own -1, under context 2 -6; reply 1: -2, -4; reply 2: -3, -5
    terms = [
        own - np.log((np.exp(own) + np.exp(other)) / 2)
        for own, other in ((-1, -6), (-2, -4), (-3, -5))
    ]
    assert leave_one_out(scores()) == pytest.approx(np.mean(terms))


def test_the_lower_bound_cannot_pass_its_ceiling():
    shown = bracket(scores(positive=(0.0, 0.0, 0.0), negative=(-500.0, -500.0, -500.0)))
    assert shown.lower == pytest.approx(np.log(2))
    assert shown.ceiling == pytest.approx(np.log(2))
    assert shown.upper == pytest.approx(500.0)


def test_replies_without_a_negative_pair_are_left_out_of_the_lower_bound():
    one = scores(pairs=((0, 1),), negative=(-4.0,))
    assert leave_one_out(one) == pytest.approx(-2 - np.log((np.exp(-2) + np.exp(-4)) / 2))


def test_per_token_divides_by_the_length_of_the_reply():
    each = scores().per_token(np.array([1, 2, 4]))
    assert each.positive.tolist() == [-1.0, -1.0, -0.75]
    # replies 1, 2, 0 of the pairs (0, 1), (1, 2), (2, 0)
    assert each.negative.tolist() == [-2.0, -1.25, -6.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"positive": (-1.0, np.nan, -3.0)}, "dialogue 1 holds nan"),
        ({"positive": (-1.0, -2.0, np.inf)}, "dialogue 2 holds inf"),
        ({"negative": (-4.0, -np.inf, -np.inf)}, r"pair 1, 2 holds -inf \(probability 0\)"),
        ({"positive": (-1.0,)}, "at least two dialogues"),
        ({"negative": (-4.0, -5.0)}, "one score for each pair"),
        ({"pairs": ((0, 1), (1, 1), (2, 7))}, "pair 1, 2 is not two different dialogues"),
        ({"pairs": np.zeros((0, 2), int), "negative": ()}, "m >= 1"),
    ],
)
def test_bad_scores_are_refused_with_their_rows(change, message):
    with pytest.raises(RemidError, match=message):
        scores(**change)


def test_only_the_first_rows_are_named():
    with pytest.raises(RemidError, match="dialogue 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more holds"):
        scores(positive=np.full(12, np.nan))


@pytest.mark.parametrize("tokens", [np.array([1, 0, 2]), np.array([1, 2])])
def test_token_counts_must_fit(tokens):
    with pytest.raises(RemidError, match="expected 3 positive counts"):
        scores().per_token(tokens)


def test_other_pairs_cannot_be_subtracted():
    with pytest.raises(RemidError, match="the same negative pairs"):
        scores().minus(scores(pairs=((0, 2), (1, 2), (2, 0))))
