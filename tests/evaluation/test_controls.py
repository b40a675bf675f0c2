"""The controls of a table, from scores whose informations are known."""

import numpy as np
import pytest
from small_scores import source, split

from remid.domain.dialogue import REFERENCE
from remid.domain.shift import ID_TEST
from remid.evaluation.controls import RATES, halves_rows, replaced_rows
from remid.evaluation.estimates import estimates
from remid.evaluation.scored import ScoredSplit
from remid.information.interval import holm
from remid.information.negatives import negative_pairs

N, UNIT = 20, "nats_per_token"
PAIRS = negative_pairs(N, design="cyclic", per_context=2, order=np.arange(N))
SHIFTS = ("user/german", "character/gaming")


def scored(name: str, seed: int) -> ScoredSplit:
    rng = np.random.default_rng(seed)
    own, other = rng.normal(1.0, 0.1, N), rng.normal(0.0, 0.1, len(PAIRS))
    sources = {name: source(own, other, pairs=PAIRS) for name in (REFERENCE, "m")}
    return split(name, sources, pairs=PAIRS)


WORLD = {name: scored(name, k) for k, name in enumerate((ID_TEST, *SHIFTS))}
FOUND = estimates(WORLD, UNIT, level=0.95)


def test_replaced_references_lose_their_share_of_one_nat_under_every_shift() -> None:
    rows = list(replaced_rows(WORLD, FOUND, 1))
    assert [(row.rate, row.shift) for row in rows] == [(r, s) for r in RATES for s in SHIFTS]
    for row in rows:
        assert row.replaced == round(row.rate * N)
        # the mean of `replaced` terms of 0 in place of 1, each with an sd of about 0.2
        assert row.emid.value == pytest.approx(row.rate, abs=0.15)
        assert row.found == (row.emid.value > 0 and row.p_holm < 0.05)
    assert all(row.found for row in rows)


def test_each_rate_is_a_family_over_the_shifts() -> None:
    rows = [row for row in replaced_rows(WORLD, FOUND, 1) if row.rate == 1.0]
    from scipy import stats

    # ID's terms are all 0: the degrees of freedom are the shift's own
    p = [2 * stats.t.sf(row.emid.value / row.emid.standard_error, N - 1) for row in rows]
    assert [row.p_holm for row in rows] == pytest.approx(holm(p))


def test_halves_of_id_are_compared_for_the_references_and_every_model() -> None:
    rows = list(halves_rows(FOUND, 1))
    assert [row.source for row in rows] == [REFERENCE, "m"]
    assert rows[0].halves.splits == 200 and rows[0].halves.share <= 0.1
    # a model that says the references has R-EMI 0 everywhere: nothing varies, nothing is found
    assert rows[1].halves.found == 0
    assert rows == list(halves_rows(FOUND, 1))
