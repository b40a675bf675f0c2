"""Controls against closed forms and simulated worlds: power is 80%, halves are told apart in 5%."""

import numpy as np
import pytest
from scipy import stats

from remid.information.club import PairScores
from remid.information.controls import detectable, halves, lenders, replaced_terms
from remid.information.emi import averaged, emid
from remid.information.interval import Measured, Terms, p_value
from remid.information.negatives import negative_pairs


def scores(n=4, per_context=2, seed=0):
    rng = np.random.default_rng(seed)
    pairs = negative_pairs(n, design="cyclic", per_context=per_context, order=np.arange(n))
    return PairScores(rng.normal(0, 1, n), pairs, rng.normal(-1, 1, len(pairs)))


def test_detectable_by_hand():
    # df 20, alone: 2.0860 + 0.8600 quantiles; of ten tests 0.05 / 20 in the tail: 3.1534 + 0.8600
    result = Measured(0.3, 0.1, 0.0, 0.6, 21, 0.95, "", 20.0)
    assert detectable(result) == pytest.approx(0.2946, abs=1e-4)
    assert detectable(result, tests=10) == pytest.approx(0.4013, abs=1e-4)
    assert np.isnan(detectable(Measured(0.3, np.nan, np.nan, np.nan, 7, 0.95, "few")))


@pytest.mark.parametrize("n", [8, 20, 100])
@pytest.mark.parametrize("tests", [1, 11])
def test_a_loss_of_the_detectable_size_is_found_in_80_percent(n, tests):
    rng, sets = np.random.default_rng(3), 20_000
    known = Measured(0.0, 1 / np.sqrt(n), np.nan, np.nan, n, 0.95, "", n - 1.0)
    loss = detectable(known, tests=tests)
    values = loss + rng.standard_normal((sets, n))
    t = values.mean(1) / (values.std(1, ddof=1) / np.sqrt(n))
    power = (2 * stats.t.sf(np.abs(t), n - 1) < 0.05 / tests).mean()
    # 8 dialogues, eleven tests: the noncentral t makes it a few points less than 80
    assert power == pytest.approx(0.8, abs=0.06 if n == 8 else 0.02)


def test_a_borrowed_reply_is_centred_on_its_other_foreign_contexts():
    own = scores()
    lent = lenders(own, np.random.default_rng(1))
    assert sorted(lent.order.tolist()) == [0, 1, 2, 3]
    found = replaced_terms(own, lent, 2)
    for place, i in enumerate(lent.order.tolist()):
        if place >= 2:
            assert found[i] == own.terms[i]
            continue
        row = lent.pair[i]
        context, reply = own.pairs[row].tolist()
        assert context == i != reply
        [other] = [
            k for k, pair in enumerate(own.pairs.tolist()) if pair[1] == reply and pair[0] != i
        ]
        assert found[i] == pytest.approx(own.negative[row] - own.negative[other])


def test_one_negative_a_reply_leaves_nothing_to_borrow():
    own = scores(per_context=1)
    lent = lenders(own, np.random.default_rng(1))
    assert lent.order.size == 0 and (lent.pair == -1).all()
    assert replaced_terms(own, lent, 4).tolist() == own.terms.tolist()


def test_a_higher_rate_keeps_what_a_lower_one_replaced():
    own = scores(n=12)
    lent = lenders(own, np.random.default_rng(2))
    few, many = (replaced_terms(own, lent, count) != own.terms for count in (3, 9))
    assert few.sum() == 3 and many.sum() == 9 and (few <= many).all()


def loss_world(information, rate, sets, n=40, seed=5):
    """S[i, j] = b_j + c_ij, c with sd 0.3, and `information` more where i = j: R-EMID by data set."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(sets):
        pairs = negative_pairs(n, design="cyclic", per_context=2, rng=rng)
        full = rng.normal(0, 1, n) + rng.normal(0, 0.3, (n, n)) + information * np.eye(n)
        own = PairScores(np.diag(full), pairs, full[pairs[:, 0], pairs[:, 1]])
        lost = replaced_terms(own, lenders(own, rng), round(rate * n)) - own.terms
        shift = averaged(lost, clusters=n + np.arange(n))
        found.append(emid(averaged(np.zeros(n)), shift))
    return found


@pytest.mark.parametrize("rate", [0.25, 0.5, 1.0])
def test_replaced_references_lose_their_share_of_the_information(rate):
    found = loss_world(0.4, rate, 300)
    values = np.array([own.value for own in found])
    # a replaced reply has information 0 in place of 0.4
    assert values.mean() == pytest.approx(0.4 * rate, abs=4 * values.std() / np.sqrt(300))
    held = np.mean([own.low <= 0.4 * rate <= own.high for own in found])
    assert held >= 0.93
    if rate >= 0.5:
        assert np.mean([p_value(own) < 0.05 for own in found]) > 0.8


def test_replacing_what_carries_nothing_is_not_found():
    found = loss_world(0.0, 1.0, 400)
    assert np.mean([p_value(own) < 0.05 for own in found]) < 0.08


def test_halves_of_one_split_are_told_apart_in_five_percent():
    rng = np.random.default_rng(4)
    shares = [
        halves(Terms(rng.normal(0.3, 0.5, 24), np.arange(24)), splits=100, rng=rng).share
        for _ in range(20)
    ]
    assert 0.02 <= np.mean(shares) <= 0.07


def test_halves_keep_clusters_together():
    # Each cluster is one value: dealt dialogue by dialogue the halves would be far too alike.
    rng = np.random.default_rng(6)
    labels = np.repeat(np.arange(12), 4)
    shares = [
        halves(Terms(rng.normal(0, 1, 12)[labels], labels), splits=100, rng=rng).share
        for _ in range(20)
    ]
    assert np.mean(shares) <= 0.08


def test_halves_that_are_too_small_say_so():
    found = halves(Terms(np.arange(15.0), np.arange(15)), splits=200, rng=np.random.default_rng(0))
    assert found.splits == 0 and np.isnan(found.share)
    assert found.note.startswith("15 clusters of 15 dialogues are too few for two halves of 8")
