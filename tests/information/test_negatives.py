"""Designs of the negative pairs."""

import numpy as np
import pytest

from remid.domain.errors import RemidError
from remid.information.negatives import (
    alike_pairs,
    nearest_pairs,
    negative_pairs,
    partner_pairs,
)


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


def test_a_reply_gets_the_contexts_before_it_in_the_order():
    order = np.array([2, 0, 3, 1])
    pairs = negative_pairs(4, design="cyclic", per_context=2, order=order)
    before = {2: {1, 3}, 0: {2, 1}, 3: {0, 2}, 1: {3, 0}}
    assert {j: set(pairs[pairs[:, 1] == j, 0].tolist()) for j in range(4)} == before


@pytest.mark.parametrize("design", ["cyclic", "random", "all"])
def test_dialogues_of_one_cluster_are_no_negatives_of_one_another(design):
    clusters = np.array([0, 0, 1, 1, 1, 2, 3])
    rng = np.random.default_rng(1)
    pairs = negative_pairs(7, design=design, per_context=3, rng=rng, clusters=clusters)
    assert (clusters[pairs[:, 0]] != clusters[pairs[:, 1]]).all()
    if design == "cyclic":
        assert (np.bincount(pairs[:, 1]) == 3).all()


def test_a_cluster_of_nearly_all_leaves_too_few_negatives():
    with pytest.raises(RemidError, match="outside of each one's own cluster"):
        negative_pairs(
            6, design="cyclic", per_context=2, order=np.arange(6), clusters=np.array([0] * 5 + [1])
        )


def test_alike_pairs_stay_inside_a_group_and_outside_a_cluster():
    groups, clusters = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 2, 3, 4])
    pairs = alike_pairs(groups, clusters, per_reply=2, order=np.arange(6))
    # dialogue 5 is alone in its group; 0 and 1 are one cluster
    assert pairs.tolist() == [[0, 2], [1, 2], [2, 0], [2, 1], [3, 4], [4, 3]]


def test_nearest_pairs_take_the_most_similar_contexts_of_other_clusters():
    similarity = np.array(
        [[1.0, 0.9, 0.2, 0.5], [0.9, 1, 0.3, 0.4], [0.2, 0.3, 1, 0.1], [0.5, 0.4, 0.1, 1]]
    )
    pairs = nearest_pairs(similarity, np.array([0, 0, 1, 2]), per_reply=1)
    assert pairs.tolist() == [[0, 3], [1, 2], [3, 0], [3, 1]]


def test_partners_are_of_another_cluster_and_both_ways() -> None:
    order = np.random.default_rng(0).permutation(10)
    clusters = np.array([0, 0, 0, 1, 1, 2, 3, 4, 5, 6])
    pairs = partner_pairs(order, clusters)
    assert len(pairs) == 10 and sorted(pairs[:, 1]) == list(range(10))
    assert {(i, j) for i, j in pairs.tolist()} == {(j, i) for i, j in pairs.tolist()}
    assert (clusters[pairs[:, 0]] != clusters[pairs[:, 1]]).all()


def test_an_odd_dialogue_takes_one_that_is_taken_and_further_rounds_take_others() -> None:
    once = partner_pairs(np.arange(5), np.arange(5))
    assert sorted(np.bincount(once[:, 1]).tolist()) == [1, 1, 1, 1, 2]
    twice = partner_pairs(np.arange(6), np.arange(6), partners=2)
    assert np.bincount(twice[:, 1]).min() >= 2 and len({tuple(p) for p in twice}) == len(twice)


def test_one_cluster_has_no_partners() -> None:
    assert partner_pairs(np.arange(4), np.zeros(4, int)).shape == (0, 2)
