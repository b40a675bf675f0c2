"""How figures are written."""

import math
from dataclasses import replace

from remid.domain.estimate import Estimate
from remid.evaluation.factors import FactorRow
from remid.evaluation.table import EmidRow, EmiRow, Table
from remid.report import tables


def row(p: float, low: float = 0.1, warning: str = "") -> EmidRow:
    estimate = Estimate(0.25, 0.07, low, 0.4, 12, note="" if low == low else "7 dialogues")
    return EmidRow(
        "base", "user/german", "nats_per_token", estimate, p, p, 3.0, 0.5, 1.5, {}, warning, 40
    )


def test_a_row_shows_value_interval_bounds_and_marks() -> None:
    grid = tables.emid_grid(Table(emid=[row(0.01, warning="dependence")]), "nats_per_token", 2)
    assert grid.rows == (
        ("user/german", "base", "12", "+0.25 [+0.10, +0.40] *", "0.50", "3.00 !", "1.50"),
    )


def test_no_interval_says_why() -> None:
    grid = tables.emid_grid(Table(emid=[row(math.nan, low=math.nan)]), "nats_per_token", 2)
    assert grid.rows[0][3] == "+0.25 [no interval: 7 dialogues]"


def test_information_per_split_has_a_column_for_each_model() -> None:
    """A row of the other unit, and the models' information bounds, are not in it."""
    value = Estimate(-0.5, 0.1, -0.7, -0.3, 9)
    rows = [
        EmiRow(model, split, unit, replace(value, value=number), 0, 1.0, 2.0)
        for unit, number in (("nats_per_token", -0.5), ("nats_per_reply", -9.0))
        for model in ("base", "sft")
        for split in ("id_test", "user/german")
    ]
    grid = tables.split_grid(Table(emi=rows), "nats_per_token", 1)
    assert grid.columns == ("split", "base", "sft")
    cell = "-0.5 [-0.7, -0.3]"
    assert grid.rows == (("id_test", cell, cell), ("user/german", cell, cell))


def test_factors_are_columns_and_two_models_a_row() -> None:
    value = Estimate(0.5, 0.1, 0.3, 0.7, 21)
    rows = [
        FactorRow(model, against, factor, count, "nats_per_token", value, p)
        for model, against, p in (("sft", "", 0.2), ("sft", "base", 0.04))
        for factor, count in (("user", 5), ("character", 4))
    ]
    grid = tables.factor_grid(Table(factors=rows), "nats_per_token", 1)
    assert grid.columns == ("model", "user (5 shifts, n 21)", "character (4 shifts, n 21)")
    cell = "+0.5 [+0.3, +0.7]"
    assert grid.rows == (("sft", cell, cell), ("sft - base", f"{cell} *", f"{cell} *"))


def test_markdown_has_a_rule_below_the_head() -> None:
    text = tables.markdown(tables.Grid("t", ("a", "b"), (("1", "2"),)))
    assert text.splitlines() == ["| a | b |", "| --- | --- |", "| 1 | 2 |"]
