"""How figures are written."""

import math

from table_rows import UNIT, emi_row, emid_row, estimate, split_row, table, worst_row

from remid.domain.estimate import Estimate
from remid.evaluation.table import FactorRow, InputRow, Moved, Table
from remid.information.dependence import Strength
from remid.report import shift_tables, tables

CELL = "+0.25 [+0.05, +0.45]"


def test_a_row_shows_value_parts_and_marks() -> None:
    row = emid_row("base", p_holm=0.01, marks=("blind", "dependence"), detectable=0.314)
    grid = tables.emid_grid(Table(emid=[row]), UNIT, 2)
    assert grid.rows == (
        (
            "user/german", "base", "9", f"{CELL} *", "+0.30 [+0.10, +0.50]",
            "+0.05 [-0.15, +0.25]", "+0.10 [-0.10, +0.30]", "0.31", "blind, dependence",
        ),
    )  # fmt: skip


def test_bounds_stand_with_their_intervals_and_what_they_are_made_of() -> None:
    shares = {"user": 0.75, "character": 0.0, "dialogue": 0.25}
    grid = shift_tables.bound_grid(Table(emid=[emid_row("base", shares=shares)]), UNIT, 1)
    assert grid.rows == (
        (
            "user/german", "base", "+0.1 [-0.1, +0.3]", "+0.1 [-0.1, +0.3]", "+0.5 [+0.3, +0.7]",
            "+3.0 [+2.8, +3.2]", "+1.5 [+1.3, +1.7]", "user 75%, dialogue 25%",
        ),
    )  # fmt: skip
    none = shift_tables.bound_grid(Table(emid=[emid_row(shares={})]), UNIT, 1)
    assert none.rows[0][-1] == "none above its floor"


def test_input_shift_shows_raw_floor_and_dependence() -> None:
    above = Moved(Estimate(0.09, 0.01, 0.07, 0.11, 21), 0.45, 0.36)
    below = Moved(Estimate(0.0, 0.01, 0.0, 0.01, 21), 0.39, 0.40)
    few = Moved(Estimate(0.0, math.nan, math.nan, math.nan, 7), 0.39, 0.40)
    pairs = {"user and dialogue": Strength(0.256, 0.02)}
    row = InputRow("user/german", {"user": above, "character": below}, few, pairs, 0.01)
    grid = shift_tables.input_grid(Table(inputs=[row]), 2)
    assert grid.rows == (
        (
            "user/german",
            "0.09 [0.07, 0.11] (raw 0.45, floor 0.36)",
            "0.00 [0.00, 0.01] (raw 0.39, floor 0.40, below its floor)",
            "0.00 [none] (raw 0.39, floor 0.40, below its floor)",
            "0.26, 0.02",
            "0.010",
        ),
    )


def test_no_interval_says_why() -> None:
    nothing = Estimate(0.25, math.nan, math.nan, math.nan, 7, note="7 dialogues")
    grid = tables.emid_grid(Table(emid=[emid_row(emid=nothing)]), UNIT, 2)
    assert grid.rows[0][3] == "+0.25 [no interval: 7 dialogues]"


def test_r_emi_per_split_has_a_column_for_each_model() -> None:
    """A row of the other unit is not in it."""
    rows = [
        emi_row(model, split, unit=unit, emi=estimate(number))
        for unit, number in ((UNIT, -0.5), ("nats_per_reply", -9.0))
        for model in ("base", "sft")
        for split in ("id_test", "user/german")
    ]
    grid = tables.split_grid(Table(emi=rows), UNIT, 1)
    assert grid.columns == ("split", "base", "sft")
    cell = "-0.5 [-0.7, -0.3]"
    assert grid.rows == (("id_test", cell, cell), ("user/german", cell, cell))


def test_the_models_stand_in_both_units_with_their_worst_case() -> None:
    rows = [emi_row(), emi_row(unit="nats_per_reply", emi=estimate(-4.0))]
    grid = tables.emi_grid(Table(emi=rows, worst=[worst_row(marks=("blind",))]), UNIT, 1)
    assert grid.rows == (
        (
            "m", "-0.1 [-0.3, +0.1]", "-4.0 [-4.2, -3.8]", "+0.8 [+0.6, +1.0]",
            "+0.2 [+0.0, +0.5]", "+0.2", "user/german (blind)", "at least 0.4 (ceiling 1.1)",
        ),
    )  # fmt: skip


def test_every_split_of_a_model_stands_beside_what_the_references_carry() -> None:
    found = table(splits=[split_row(), split_row("user/german", missing=2)])
    grid = tables.emi_by_split_grid(found, "m", UNIT, 1)
    assert [row[:3] for row in grid.rows] == [("id_test", "9", "0"), ("user/german", "9", "2")]
    assert grid.rows[0][3:] == ("-0.1 [-0.3, +0.1]", "+0.5 [+0.3, +0.7]", "+0.8 [+0.6, +1.0]")


def test_saturation_copies_and_order_stand_beside_r_emi() -> None:
    grid = tables.parts_grid(Table(emi=[emi_row(beaten=0.96, copied_share=0.125)]), UNIT, 1)
    assert grid.rows[0][5:] == ("12.5%", "+1.0 [+0.8, +1.2]", "96% saturated")


def test_what_was_left_out_is_told_by_reason() -> None:
    assert tables.left_out(split_row(missing=1, alone=2)) == "1 no reply, 2 no negative"
    assert tables.left_out(split_row()) == "none"
    grid = tables.health_grid(Table(splits=[split_row(formed=5, blind=True)]), UNIT, 1)
    assert grid.rows[0][8:] == ("5 of 9", "none", "36", "blind")


def test_factors_are_columns_and_two_models_a_row() -> None:
    value = Estimate(0.5, 0.1, 0.3, 0.7, 21)
    rows = [
        FactorRow(model, against, factor, count, UNIT, value, p)
        for model, against, p in (("sft", "", 0.2), ("sft", "base", 0.04))
        for factor, count in (("user", 5), ("character", 4))
    ]
    grid = tables.factor_grid(Table(factors=rows), UNIT, 1)
    assert grid.columns == ("model", "user (5 shifts, n 21)", "character (4 shifts, n 21)")
    cell = "+0.5 [+0.3, +0.7]"
    assert grid.rows == (("sft", cell, cell), ("sft - base", f"{cell} *", f"{cell} *"))


def test_markdown_has_a_rule_below_the_head() -> None:
    text = tables.markdown(tables.Grid("t", ("a", "b"), (("1", "2"),)))
    assert text.splitlines() == ["| a | b |", "| --- | --- |", "| 1 | 2 |"]


def test_without_a_shift_there_is_no_risk() -> None:
    grid = tables.emi_grid(table(emid=[], worst=[]), UNIT, 2)
    (row,) = grid.rows
    assert row[4:7] == ("no shift", "", "")
