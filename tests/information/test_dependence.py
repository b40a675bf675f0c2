"""The test that the factors of the inputs depend on each other alike under P and Q."""

import time

import numpy as np
import pytest

from remid.domain.errors import RemidError
from remid.information.bound import dependence_warning
from remid.information.dependence import dependence
from remid.information.divergence import gram_js, joint_gram, stacked_gram
from remid.information.moved import input_shift

WIDTH = 96
NAMES = ("user", "character", "dialogue")


def rows(n, rng, centre=0.0):
    """Embeddings about a common direction, as those of texts are."""
    return 1 + centre + rng.standard_normal((n, WIDTH))


def equal(n, rng, share=1.0, centre=0.0):
    same = (rng.random(n) < share)[:, None]
    base = rows(n, rng, centre)
    return {name: np.where(same, base, rows(n, rng, centre)) for name in NAMES}


def independent(n, rng, centre=0.0):
    return equal(n, rng, share=0.0, centre=centre)


def shift(p, q, rng):
    return input_shift(p, q, rng=rng)


def test_equal_factors_against_independent_ones_are_always_told():
    # the product kernel's JS reaches log 2 for any two samples of long embeddings, and the warning
    # that compared it with shuffled factors raised 0 of 5 here at every n
    for n in (21, 44, 88):
        for seed in range(3):
            rng = np.random.default_rng(seed)
            moved = dependence(equal(n, rng), independent(n, rng), rng=rng)
            assert moved.moved and moved.p == pytest.approx(1 / 100)
            assert all(own.on_id == pytest.approx(1) for own in moved.pairs.values())
            assert all(abs(own.on_shift) < 0.3 for own in moved.pairs.values())


def test_the_product_kernel_is_saturated_where_this_test_is_not():
    rng = np.random.default_rng(0)
    n = 44
    p, q = independent(n, rng), independent(n, rng)
    joint = joint_gram([stacked_gram(p[name] - 1, q[name] - 1) for name in NAMES])
    assert gram_js(joint, n) == pytest.approx(np.log(2), abs=0.01)


@pytest.mark.parametrize("centre", [0.0, 1.0])
def test_false_alarms_at_five_percent_whether_the_marginals_move_or_not(centre):
    rng = np.random.default_rng(1)
    raised = [
        dependence(
            independent(21, rng), independent(21, rng, centre), rng=rng, relabellings=39
        ).moved
        for _ in range(80)
    ]
    # binomial(80, 0.05): 10 or more in 0.8% of the cases
    assert sum(raised) < 10


def test_a_half_that_depends_is_seen_at_44():
    rng = np.random.default_rng(2)
    raised = [
        dependence(equal(44, rng, 0.7), independent(44, rng), rng=rng, relabellings=39).moved
        for _ in range(20)
    ]
    assert sum(raised) >= 16


def test_strength_is_zero_on_average_for_independent_factors():
    rng = np.random.default_rng(3)
    found = [
        own.on_id
        for _ in range(60)
        for own in dependence(
            independent(20, rng), independent(20, rng), rng=rng, relabellings=1
        ).pairs.values()
    ]
    assert np.mean(found) == pytest.approx(0, abs=4 * np.std(found) / np.sqrt(len(found)))


def test_the_same_pair_twice_counts_once():
    # 22 personas with characters, each twice: U and C repeat together, and do not depend
    rng = np.random.default_rng(4)
    p = {name: np.repeat(values, 2, axis=0) for name, values in independent(22, rng).items()}
    q, labels = independent(22, rng), np.repeat(np.arange(22), 2)
    naive = dependence(p, q, rng=np.random.default_rng(5))
    clustered = dependence(p, q, id_clusters=labels, rng=np.random.default_rng(5))
    once = dependence({k: v[::2] for k, v in p.items()}, q, rng=np.random.default_rng(5))
    assert clustered == once
    pair = "user and character"
    assert naive.pairs[pair].on_id > clustered.pairs[pair].on_id + 0.02


def test_the_warning_names_the_pair_and_the_strengths():
    rng = np.random.default_rng(6)
    p, q = independent(30, rng), independent(30, rng)
    p["dialogue"] = p["user"] + 0.1 * p["dialogue"]
    said = dependence_warning(shift(p, q, rng))
    assert "user and dialogue" in said and "p = 0.010" in said
    assert dependence_warning(shift(q, independent(30, rng), rng)) == ""


def test_too_few_clusters_and_constant_factors_are_not_tested():
    rng = np.random.default_rng(7)
    few = dependence(independent(7, rng), independent(30, rng), rng=rng)
    assert np.isnan(few.p) and not few.moved and not few.pairs
    p, q = independent(20, rng), independent(20, rng)
    p["user"] = np.ones_like(p["user"])
    assert list(dependence(p, q, rng=rng).pairs) == ["character and dialogue"]
    alone = dependence({"user": p["user"]}, {"user": q["user"]}, rng=rng)
    assert np.isnan(alone.p)


def test_a_shift_takes_less_than_a_second():
    rng = np.random.default_rng(8)
    p, q = independent(88, rng), independent(88, rng)
    start = time.process_time()
    dependence(p, q, rng=rng)
    assert time.process_time() - start < 1


def test_factors_of_other_lengths_are_refused():
    rng = np.random.default_rng(9)
    p = independent(20, rng) | {"user": rows(19, rng)}
    with pytest.raises(RemidError, match="expected as many of each"):
        dependence(p, independent(20, rng), rng=rng)
