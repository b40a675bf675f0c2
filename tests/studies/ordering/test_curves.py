"""Mixtures of clean and corrupted replies, from scores of both."""

from dataclasses import replace

import numpy as np
import pytest
from small_scores import source, split

from remid.domain.dialogue import REFERENCE
from remid.information.negatives import negative_pairs
from remid.studies.ordering.curves import curves, mixed
from remid.studies.ordering.figures import ordering_figure, ordering_text, warnings

PAIRS = np.array([(0, 1), (1, 2), (2, 0)])


def test_a_mixture_takes_each_score_from_its_own_reply():
    clean = source([1.0, 2, 3], [10.0, 20, 30], pairs=PAIRS, shuffled=-1)
    bad = source([-1.0, -2, -3], [-10.0, -20, -30], pairs=PAIRS, shuffled=-9, copied=[[True]] * 3)
    both = mixed(clean, bad, np.array([True, False, True]), PAIRS)
    assert np.concatenate(both.positive).tolist() == [-1, 2, -3]
    # Reply 1 is clean, replies 2 and 0 are not.
    assert np.concatenate(both.negative).tolist() == [10, -20, -30]
    assert both.shuffled[:, 0].tolist() == [-9, -1, -9]
    assert np.concatenate(both.copied).tolist() == [True, False, True]


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
    ).kinds
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
    [curve] = curves(same, {"generic": masks}, [0, 1], unit="nats_per_reply", level=0.95).kinds
    assert [e.value for e in curve.emi] == [0, 0]
    assert not curve.ordered


def test_a_reader_of_the_table_is_warned_of_echoes_and_of_salads():
    """References gain 2 nats a token from the order of their words and copy nothing."""
    rng, n = np.random.default_rng(1), 16
    pairs = negative_pairs(n, design="cyclic", per_context=2, rng=rng)
    counts = [4] * n

    def replies(worth, order, *, copies=False):
        """Four tokens each; shuffled they score `order` nats a token less."""
        own = 4 * (worth - 3) + rng.normal(0, 0.1, n)
        made = source(
            own,
            rng.normal(-12, 0.1, 2 * n),
            tokens=counts,
            pairs=pairs,
            copied=[[copies, copies, copies, False]] * n,
        )
        return replace(made, shuffled=own[:, None] / 4 - order + rng.normal(0, 0.1, (n, 1)))

    sources = {
        REFERENCE: replies(1.0, 2.0),
        "echo": replies(2.5, 2.0, copies=True),
        "word_salad": replies(1.0, 0.0),
        "truncated": replies(1.0, 2.0),
    }
    kinds = ("echo", "word_salad", "truncated")
    masks = [np.arange(n) < n * rate for rate in (0, 0.5, 1)]
    study = curves(
        split("id_test", sources, pairs=pairs),
        dict.fromkeys(kinds, masks),
        [0, 0.5, 1],
        unit="nats_per_token",
        level=0.95,
    )
    echo, salad, _ = (curve.rows for curve in study.kinds)
    # All echoed: 2.5 - 1 nats more than the references, of which 3/4 * 2.5 in copied tokens
    # (the references have none there), and 1/4 * 2.5 - 1 in the others.
    assert echo[-1].emi.value == pytest.approx(1.5, abs=0.1)
    assert echo[-1].copied.value == pytest.approx(1.875, abs=0.1)
    assert echo[-1].novel.value == pytest.approx(-0.375, abs=0.1)
    assert [row.copied_share for row in echo] == pytest.approx([0, 0.375, 0.75])
    # R-EMI does not see a salad; its order does.
    assert salad[-1].emi.value == pytest.approx(0, abs=0.1)
    assert [row.order.value for row in salad] == pytest.approx([2, 1, 0], abs=0.15)
    found = {"nats_per_token": study}
    told = warnings(found, 2)
    assert {line.split(":")[0] for line in told if "75% are copied" in line} == {"echo, 100%"}
    assert {line.split(":")[0] for line in told if "words shuffled" in line} >= {"word salad, 100%"}
    assert not [line for line in told if line.startswith("truncated") or ", 0%" in line]
    text = ordering_text(found, 2)
    assert "| echo, 100% | id_test | +1.5" in text and "75.0%" in text
    assert all(line in text for line in told)
    assert len(ordering_figure(found).axes) == 3 * 3
