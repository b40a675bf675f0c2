"""R-EMID by factor: means over shifts, and whose errors are common."""

import numpy as np
import pytest
from small_scores import source, split

from remid.domain.dialogue import REFERENCE
from remid.domain.shift import ID_TEST
from remid.evaluation.estimates import Estimates, estimates
from remid.evaluation.factors import by_factor, factor_rows
from remid.evaluation.scored import ScoredSplit
from remid.information.emi import emid, emid_difference
from remid.information.interval import holm

UNIT = "nats_per_reply"
SHIFTS = ("user/german", "user/korean", "composition/turn_level", "composition/word_level")
IDS = [f"id{k}" for k in range(8)]


def scored(name: str, seed: int, clusters: list[str]) -> ScoredSplit:
    """Two models that carry about 1 and 2 nats less than the references."""
    rng = np.random.default_rng(seed)
    sources = {
        key: source(rng.normal(mean, 1, 8), rng.normal(-9, 1, 8))
        for key, mean in ((REFERENCE, -4), ("one", -5), ("two", -6))
    }
    return split(name, sources, clusters=clusters)


def world() -> Estimates:
    """Two user shifts of other dialogues, and two made from the dialogues of ID."""
    clusters = {
        ID_TEST: IDS,
        "user/german": [f"g{k}" for k in range(8)],
        "user/korean": [f"k{k}" for k in range(8)],
        "composition/turn_level": IDS,
        "composition/word_level": IDS,
    }
    splits = {name: scored(name, k, own) for k, (name, own) in enumerate(clusters.items())}
    return estimates(splits, UNIT, level=0.95)


def rows(found: Estimates):
    return {(row.model, row.against, row.factor): row for row in factor_rows(found)}


def test_shifts_are_grouped_by_what_stands_before_the_slash() -> None:
    assert by_factor([ID_TEST, *SHIFTS]) == {"user": [*SHIFTS[:2]], "composition": [*SHIFTS[2:]]}


def test_a_factor_is_the_mean_of_its_shifts() -> None:
    found = world()
    alone = [emid(found.emi["one", ID_TEST], found.emi["one", shift]) for shift in SHIFTS[:2]]
    user = rows(found)["one", "", "user"]
    assert user.shifts == 2
    assert user.emid.value == pytest.approx(np.mean([loss.value for loss in alone]))
    # ID's error is in both shifts: var(ID) + (var(german) + var(korean)) / 4.
    names = (ID_TEST, *SHIFTS[:2])
    variances = [found.emi["one", name].estimate.standard_error ** 2 for name in names]
    assert user.emid.standard_error**2 == pytest.approx(
        variances[0] + (variances[1] + variances[2]) / 4
    )
    assert user.emid.n == 8  # ID's dialogues are fewer than the shifts' 16


def test_shifts_made_from_the_same_dialogues_count_them_once() -> None:
    found = world()
    terms = [found.emi["one", name].terms.values for name in (ID_TEST, *SHIFTS[2:])]
    combined = terms[0] - (terms[1] + terms[2]) / 2
    row = rows(found)["one", "", "composition"]
    assert row.emid.value == pytest.approx(combined.mean())
    assert row.emid.standard_error == pytest.approx(combined.std(ddof=1) / np.sqrt(8))
    assert row.emid.n == 8


def test_models_are_paired_and_each_family_corrected_over_all_of_its_rows() -> None:
    found = world()
    alone = [
        emid_difference(
            found.emi["two", ID_TEST],
            found.emi["two", shift],
            found.emi["one", ID_TEST],
            found.emi["one", shift],
        ).value
        for shift in SHIFTS[:2]
    ]
    own = rows(found)
    assert own["two", "one", "user"].emid.value == pytest.approx(np.mean(alone))
    assert list(own) == [
        (model, against, factor)
        for model, against in (("one", ""), ("two", ""), ("two", "one"))
        for factor in ("user", "composition")
    ]
    # four tests of single models, two of their difference: the largest p of a family stays
    for family in ("", "one"):
        p = sorted(row.p_holm for row in own.values() if row.against == family)
        assert p == sorted(holm(p) if len(p) == 1 else p)
        assert len(p) == (4 if family == "" else 2)
