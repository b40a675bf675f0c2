"""Bounds of a row: the paper's in nats per reply whatever the unit."""

import numpy as np
import pytest
from small_scores import source, split

from remid.domain.dialogue import REFERENCE
from remid.domain.shift import ID_TEST
from remid.evaluation.bounded import BoundRows
from remid.evaluation.table import Divergences
from remid.information.dependence import Dependence, Strength
from remid.information.interval import Terms
from remid.information.moved import Divergence, InputShift

GERMAN = "user/german"


def js(raw: float) -> Divergence:
    flat = Terms(np.full(8, raw), np.arange(8))
    return Divergence(raw, 0.0, flat, flat)


def rows(unit: str) -> BoundRows:
    rng = np.random.default_rng(4)
    sources = {
        name: source(rng.normal(-40, 3, 8), rng.normal(-50, 3, 8), tokens=[10] * 8)
        for name in (REFERENCE, "one")
    }
    moved = InputShift({"user": js(0.09)}, js(0.1), Dependence({"a and b": Strength(1, 0)}, 0.01))
    outputs = {("one", name): js(0.0) for name in (ID_TEST, GERMAN)}
    splits = {name: split(name, sources) for name in (ID_TEST, GERMAN)}
    return BoundRows(splits, Divergences({GERMAN: moved}, outputs), unit, 0.95, 0)


def test_the_papers_bound_by_hand_in_either_unit() -> None:
    token, reply = (rows(unit).of("one", GERMAN) for unit in ("nats_per_token", "nats_per_reply"))
    own = rows("nats_per_reply").scored[GERMAN]
    surprisal = -own.scores(REFERENCE, "nats_per_reply").positive
    marginal = -own.scores("one", "nats_per_reply").negative.mean()
    # tokens of a reply are alike here, so no noise: the largest surprisal; sqrt(2/1) 0.3
    expected = np.sqrt(2) * (surprisal.max() + marginal) * 0.3
    assert token.paper.value == reply.paper.value == pytest.approx(expected)
    assert token.joint.value == pytest.approx(reply.joint.value / 10)


def test_the_warning_is_the_shift_s() -> None:
    assert "p = 0.010" in rows("nats_per_token").warning(GERMAN)
