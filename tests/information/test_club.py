import numpy as np
import pytest

from remid.domain.errors import RemidError
from remid.information.club import PairScores, bracket, leave_one_out, negative_pairs, vclub


def scores(
    positive=(-1.0, -2.0, -3.0), pairs=((0, 1), (1, 2), (2, 0)), negative=(-4.0, -5.0, -6.0)
):
    return PairScores(np.array(positive), np.array(pairs), np.array(negative))


@pytest.mark.parametrize("n", [5, 9, 40])
def test_cyclic_uses_every_context_and_every_reply_equally_often(n):
    pairs = negative_pairs(n, design="cyclic", per_context=4, rng=np.random.default_rng(n))
    assert pairs.shape == (4 * n, 2)
    assert (np.bincount(pairs[:, 0]) == 4).all()
    assert (np.bincount(pairs[:, 1]) == 4).all()
    assert (pairs[:, 0] != pairs[:, 1]).all()
    assert len(np.unique(pairs, axis=0)) == 4 * n
    assert (np.diff(pairs[:, 0]) >= 0).all()


def test_random_uses_every_context_equally_often_without_repeats():
    pairs = negative_pairs(30, design="random", per_context=4, rng=np.random.default_rng(0))
    assert (np.bincount(pairs[:, 0]) == 4).all()
    assert (pairs[:, 0] != pairs[:, 1]).all()
    assert len(np.unique(pairs, axis=0)) == 120
    assert not (np.bincount(pairs[:, 1], minlength=30) == 4).all()


def test_all_is_everything_off_the_diagonal():
    pairs = negative_pairs(3, design="all", per_context=1, rng=np.random.default_rng(0))
    assert pairs.tolist() == [[0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1]]


def test_pairs_depend_on_the_generator_only():
    first, again = (
        negative_pairs(12, design="cyclic", per_context=2, rng=np.random.default_rng(3))
        for _ in range(2)
    )
    assert (first == again).all()


@pytest.mark.parametrize(("n", "per_context"), [(4, 4), (1, 1), (10, 0)])
def test_too_few_dialogues_for_the_design(n, per_context):
    with pytest.raises(RemidError, match=f"{n} dialogues with {per_context} negatives"):
        negative_pairs(n, design="cyclic", per_context=per_context, rng=np.random.default_rng(0))


def test_vclub_is_the_difference_of_two_means():
    # (-1 - 2 - 3) / 3 - (-4 - 5 - 6) / 3 = -2 + 5
    assert vclub(scores()) == pytest.approx(3.0)


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
