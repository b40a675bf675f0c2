"""Agreement of tables with a judge's verdicts."""

import math

import pytest
from table_rows import emi_row, emid_row

from remid.domain.estimate import Estimate
from remid.evaluation.table import Table
from remid.studies.judge.verdicts import Verdict, agreements

SPLITS = (
    "id_test",
    "user/german",
    "user/korean",
    "character/gaming",
    "character/theater",
    "x",
    "y",
)
UNIT = "nats_per_token"


def figure(value: float) -> Estimate:
    return Estimate(value, 0.1, value - 0.1, value + 0.1, 8)


def table(emi: list[float]) -> Table:
    return Table(
        emi=[
            emi_row("m", split, emi=figure(value)) for split, value in zip(SPLITS, emi, strict=True)
        ],
        emid=[
            emid_row("m", split, emid=figure(emi[0] - value))
            for split, value in zip(SPLITS[1:], emi[1:], strict=True)
        ],
    )


def verdicts(ratings: list[float]) -> list[Verdict]:
    return [
        Verdict("m", split, rating, 0.5, 8, 0, 0)
        for split, rating in zip(SPLITS, ratings, strict=True)
    ]


def rows(reasoned: list[float], plain: list[float], ratings: list[float]):
    found = agreements(
        table(reasoned),
        table(plain),
        verdicts(ratings),
        unit=UNIT,
        level=0.95,
        resamples=100,
        seed=1,
    )
    return {(row.metric, row.judge): row for row in found}


def test_a_loss_goes_with_a_loss_and_reasoning_is_compared() -> None:
    up, swapped = [7.0, 6, 5, 4, 3, 2, 1], [7.0, 6, 5, 4, 3, 1, 2]
    found = rows(up, swapped, [value / 2 for value in up])
    # R-EMID = R-EMI(ID) - R-EMI(shift) and the judge's loss = rating(ID) - rating(shift): both rise.
    for place in (("R-EMI", "rating"), ("R-EMID", "loss of rating")):
        assert found[place].found.kendall.value == pytest.approx(1)
    # One of 21 pairs is the wrong way round: Kendall (20 - 1) / 21; of 15 for the shifts.
    assert found["EMI without reasoning", "rating"].found.kendall.value == pytest.approx(19 / 21)
    less = found["R-EMID less EMID without reasoning", "loss of rating"].found.kendall
    assert less.value == pytest.approx(1 - 13 / 15) and less.low >= 0
    assert found["R-EMI", "rating"].pairs == 7 and found["R-EMID", "loss of rating"].pairs == 6


def test_what_has_no_rating_is_left_out_and_what_is_constant_is_told() -> None:
    found = rows(
        [7.0, 6, 5, 4, 3, 2, 1], [7.0, 6, 5, 4, 3, 2, 1], [3.0, 2, 1, 2.5, 1.5, 4, math.nan]
    )
    assert found["R-EMI", "rating"].pairs == 6
    assert found["R-EMID", "loss of rating"].pairs == 5
    constant = found["R-EMI", "preferred"]
    assert constant.found is None and "a constant score" in constant.undefined
    without = rows(
        [7.0, 6, 5, 4, 3, 2, 1], [7.0, 6, 5, 4, 3, 2, 1], [math.nan, 2, 1, 2.5, 1.5, 4, 3]
    )
    lost = without["R-EMID", "loss of rating"]  # no rating on ID, so no loss either
    assert lost.pairs == 0 and lost.found is None
