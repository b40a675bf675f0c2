"""Plug-in identities on enumerated worlds, to 1e-12."""

import numpy as np
import pytest

from remid.domain.errors import RemidError
from remid.information.club import bracket, leave_one_out, vclub
from remid.information.negatives import negative_pairs
from remid.information.worlds.exact import decompose
from remid.information.worlds.gaussian import GaussianWorld
from remid.information.worlds.kinds import WORLDS, dependent, random_world, rewritten, xor_world
from remid.information.worlds.tabular import (
    Sample,
    World,
    entropy,
    mutual_information,
    rewrite,
    sample,
    score,
)

KINDS = pytest.mark.parametrize("kind", list(WORLDS))


@pytest.mark.parametrize("seed", range(200))
def test_the_decomposition_is_exact(seed):
    parts = decompose(random_world(np.random.default_rng(seed)))
    assert parts.mismatch + parts.covariate + parts.concept == pytest.approx(parts.emid, abs=1e-12)


@KINDS
def test_vclub_exceeds_the_information_by_the_reverse_divergence(kind):
    # where q is the truth: vCLUB - I = KL(p(x) p(y) || p(x, y))
    world = WORLDS[kind](np.random.default_rng(0))
    law, truth = world.id_inputs, world.truth
    marginal = law @ truth
    club = (law[:, None] * truth * np.log(truth)).sum() - law @ np.log(truth) @ marginal
    reverse = (law[:, None] * marginal * (np.log(marginal) - np.log(truth))).sum()
    assert club - mutual_information(law, truth) == pytest.approx(reverse, abs=1e-12)


@KINDS
def test_vclub_over_a_whole_population_is_its_target(kind):
    # 60 inputs in proportion to P_X cannot be had exactly, so the world takes the sample's law
    rng = np.random.default_rng(1)
    world = WORLDS[kind](rng)
    drawn = sample(world, "id", 60, rng)
    scores = score(world, drawn, negative_pairs(60, design="all", per_context=1, rng=rng)).reply()
    # all n^2 pairs = n(n - 1) off the diagonal and n on it
    everything = (scores.negative.sum() + scores.positive.sum()) / 60**2
    law = np.bincount(drawn.inputs, minlength=world.id_inputs.size) / 60
    replies = np.bincount(drawn.replies, minlength=world.model.shape[1]) / 60
    assert everything == pytest.approx(law @ np.log(world.responder) @ replies, abs=1e-12)
    matched = np.log(world.responder)[drawn.inputs, drawn.replies].mean()
    off_diagonal = (60 * everything - matched) / 59
    assert vclub(scores) == pytest.approx(matched - off_diagonal, abs=1e-12)


def test_the_responder_s_target_is_the_mean_of_vclub():
    # every data set of two dialogues of a 2 x 2 world, each with its probability
    truth = np.array([[0.8, 0.2], [0.3, 0.7]])
    model = np.array([[0.6, 0.4], [0.5, 0.5]])
    law = np.array([0.4, 0.6])
    world = World("small", (2,), law, law, truth, truth, model, truth)
    pairs, mean = np.array([[0, 1], [1, 0]]), 0.0
    for x1, y1, z1, x2, y2, z2 in np.ndindex(2, 2, 2, 2, 2, 2):
        weight = np.prod(
            [law[x] * truth[x, y] * model[x, z] for x, y, z in ((x1, y1, z1), (x2, y2, z2))]
        )
        dialogues = Sample(np.array([x1, x2]), np.array([y1, y2]), np.array([z1, z2]))
        scores = score(world, dialogues, pairs)
        mean += weight * (vclub(scores.reply()) - vclub(scores.reference()))
    assert mean == pytest.approx(world.responder_emi("id"), abs=1e-12)


def test_a_perfect_model_loses_nothing_and_a_broken_one_carries_nothing():
    perfect = WORLDS["perfect model"](np.random.default_rng(2))
    assert perfect.emi("id") == perfect.emi("shift") == perfect.responder_emid() == 0
    broken = WORLDS["broken model"](np.random.default_rng(2))
    assert mutual_information(broken.id_inputs, broken.model) == pytest.approx(0, abs=1e-12)
    assert broken.emi("id") == pytest.approx(-mutual_information(broken.id_inputs, broken.truth))


def test_the_lower_bound_stays_below_the_information_and_vclub_above():
    rng = np.random.default_rng(3)
    world = dependent(rng)
    truth = mutual_information(world.id_inputs, world.truth)
    shown = []
    for _ in range(400):
        pairs = negative_pairs(40, design="cyclic", per_context=8, rng=rng)
        shown.append(bracket(score(world, sample(world, "id", 40, rng), pairs).reference()))
    lower, upper = (np.mean([getattr(each, end) for each in shown]) for end in ("lower", "upper"))
    assert 0.5 * truth < lower < truth < upper


def test_the_lower_bound_holds_for_a_wrong_responder_where_vclub_does_not():
    rng = np.random.default_rng(4)
    world = dependent(rng)
    flat = 0.1 * world.truth + 0.9 / world.truth.shape[1]
    timid = World(
        "timid",
        world.shape,
        world.id_inputs,
        world.shift_inputs,
        world.truth,
        world.truth,
        world.model,
        flat,
    )
    truth = mutual_information(world.id_inputs, world.truth)
    pairs = negative_pairs(2000, design="cyclic", per_context=8, rng=rng)
    scores = score(timid, sample(timid, "id", 2000, rng), pairs).reference()
    assert leave_one_out(scores) < truth
    assert vclub(scores) < truth


def test_a_rewritten_split_has_the_law_the_world_claims():
    rng = np.random.default_rng(5)
    world = rewritten(rng)
    first = sample(world, "id", 200_000, rng)
    second = rewrite(world, first, rng)
    assert (first.references == second.references).all()
    counts = np.zeros_like(world.shift_truth)
    np.add.at(counts, (second.inputs, second.references), 1 / 200_000)
    assert counts == pytest.approx(world.shift_inputs[:, None] * world.shift_truth, abs=0.005)
    with pytest.raises(RemidError, match="no kernel"):
        rewrite(dependent(rng), first, rng)


def test_probability_zero_is_refused_by_name():
    world = xor_world()
    dialogues = Sample(np.array([0, 1, 7]), np.array([0, 0, 1]), np.array([0, 1, 1]))
    scores = score(world, dialogues, np.array([[0, 1], [1, 2], [2, 0]]))
    with pytest.raises(RemidError, match=r"dialogue 1 holds -inf \(probability 0\)"):
        scores.reference()


def test_gaussian_closed_forms():
    world = GaussianWorld(dimensions=1)
    # correlation 0.6 between X and Y: I = -1/2 log(1 - 0.36)
    assert world.information("id", gain=0.6, noise=0.8) == pytest.approx(-np.log(0.64) / 2)
    # q = truth: 0.6 (0.3 - 0.6) / 0.64
    assert world.responder_emi("id") == pytest.approx(-0.28125)
    rng = np.random.default_rng(6)
    pairs = negative_pairs(400_000, design="cyclic", per_context=1, rng=rng)
    for side in ("id", "shift"):
        scores = world.scores(side, 400_000, pairs, rng)
        found = vclub(scores.reply()) - vclub(scores.reference())
        assert found == pytest.approx(world.responder_emi(side), abs=0.02)


def test_entropy_of_a_law_with_a_zero():
    assert entropy(np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])) == pytest.approx([np.log(2), 0])


def test_a_world_that_is_no_law_is_refused():
    half = np.full((2, 2), 0.5)
    with pytest.raises(RemidError, match="sum to 1"):
        World("bad", (2,), np.array([0.5, 0.4]), np.array([0.5, 0.5]), half, half, half, half)
