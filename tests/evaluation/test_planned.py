"""A plan from scores whose variances are known."""

import numpy as np
import pytest
from small_scores import source, split

from remid.domain.dialogue import REFERENCE
from remid.domain.errors import RemidError
from remid.domain.shift import ID_TEST
from remid.evaluation.planned import differences, planned
from remid.information.negatives import negative_pairs
from remid.information.planning import Lengths

N, UNIT = 300, "nats_per_token"
PAIRS = negative_pairs(N, design="cyclic", per_context=2, order=np.arange(N))


def scored(name, seed):
    rng = np.random.default_rng(seed)
    nothing = source(np.zeros(N), np.zeros(len(PAIRS)), pairs=PAIRS)
    own = source(rng.normal(0, 0.4, N), rng.normal(0, 0.3, len(PAIRS)), pairs=PAIRS)
    return split(name, {REFERENCE: nothing, "m": own}, pairs=PAIRS)


def test_differences_average_to_the_terms():
    own = scored(ID_TEST, 1)
    found = differences(own, "m", UNIT)
    assert found.shape == (N, 1, 2)
    assert found.mean((1, 2)) == pytest.approx(own.scores("m", UNIT).terms)


def test_a_plan_halves_the_half_width_by_about_four_times_the_dialogues():
    world = {name: scored(name, k) for k, name in enumerate((ID_TEST, "user/german"))}
    lengths = Lengths(prompt=300, trace=80, reply=30)
    [row] = planned(world, lengths, unit=UNIT, level=0.95, half_width=0.04)
    assert row.components.dialogue == pytest.approx(0.16, abs=0.03)
    assert row.components.negative == pytest.approx(0.09, abs=0.02)
    # variance of a side: 0.16 + 0.09 / M
    plan = row.plan
    expected = 1.96**2 * 2 * (0.16 + 0.09 / plan.negatives) / 0.04**2
    assert plan.dialogues == pytest.approx(expected, rel=0.15)
    assert plan.draws == 1


def test_unequal_negatives_are_refused():
    pairs = np.concatenate([PAIRS, [[0, N // 2]]])
    own = source(np.zeros(N), np.zeros(len(pairs)), pairs=pairs)
    world = split(ID_TEST, {REFERENCE: own, "m": own}, pairs=pairs)
    with pytest.raises(RemidError, match="2 to 3 negatives, and a plan takes equally many"):
        differences(world, "m", UNIT)
