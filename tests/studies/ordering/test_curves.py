"""Mixtures of clean and corrupted replies, from scores of both."""

import numpy as np
import pytest
from small_scores import source, split

from remid.domain.dialogue import REFERENCE
from remid.information.club import PairScores
from remid.information.negatives import negative_pairs
from remid.studies.ordering.curves import curves, mixed


def test_a_mixture_takes_each_score_from_its_own_reply():
    pairs = np.array([(0, 1), (1, 2), (2, 0)])
    clean = PairScores(np.array([1.0, 2, 3]), pairs, np.array([10.0, 20, 30]))
    bad = PairScores(-clean.positive, pairs, -clean.negative)
    both = mixed(clean, bad, np.array([True, False, True]))
    assert both.positive.tolist() == [-1, 2, -3]
    # Reply 1 is clean, replies 2 and 0 are not.
    assert both.negative.tolist() == [10, -20, -30]


def scored(n=40):
    """References worth 3 nats beside others' contexts, bad replies worth nothing."""
    rng = np.random.default_rng(0)
    pairs = negative_pairs(n, design="cyclic", per_context=3, rng=rng)

    def sums(worth):
        return source(worth + rng.normal(-9, 0.3, n), rng.normal(-9, 0.3, 3 * n), pairs=pairs)

    sources = {REFERENCE: sums(3.0), "generic": sums(0.0)}
    return split("id_test", sources, pairs=pairs)


def test_information_falls_in_proportion_to_the_rate():
    rates = [0.0, 0.5, 1.0]
    masks = [np.arange(40) < 40 * rate for rate in rates]
    [curve] = curves(
        scored(),
        {"generic": masks},
        rates,
        unit="nats_per_reply",
        level=0.95,
    )
    values = [estimate.value for estimate in curve.emi]
    assert values == pytest.approx([0, -1.5, -3], abs=0.2)
    assert [step.value for step in curve.steps] == pytest.approx(np.diff(values))
    assert curve.ordered
    assert max(curve.p_holm) < 1e-3


def test_replies_as_good_as_the_references_show_no_order():
    found = scored()
    same = split(
        "id_test",
        found.sources | {"generic": found.sources[REFERENCE]},
        pairs=found.pairs,
    )
    masks = [np.zeros(40, bool), np.ones(40, bool)]
    [curve] = curves(same, {"generic": masks}, [0, 1], unit="nats_per_reply", level=0.95)
    assert [e.value for e in curve.emi] == [0, 0]
    assert not curve.ordered
