"""Tables of moved inputs and of bounds."""

import table_rows

from remid.evaluation.table import InputRow, Moved
from remid.information.dependence import Strength
from remid.report.shift_tables import bound_grid, input_grid


def test_a_divergence_stands_with_its_raw_value_and_its_floor() -> None:
    moved = Moved(table_rows.estimate(0.1, 0.05), raw=0.3, floor=0.2)
    row = InputRow(
        "user/german", {"user": moved}, moved, {"user, character": Strength(0.1, 0.4)}, 0.03
    )
    grid = input_grid(table_rows.table(inputs=[row]), 2)
    assert grid.columns == ("shift", "user", "joint", "user, character", "p of alike dependence")
    assert grid.rows[0][1] == "0.10 [0.05, 0.15] (raw 0.30, floor 0.20)"
    assert grid.rows[0][3:] == ("0.10, 0.40", "0.030")


def test_without_a_test_it_says_too_few() -> None:
    moved = Moved(table_rows.estimate(0.0), raw=0.1, floor=0.2)
    row = InputRow("user/german", {"user": moved}, moved, {}, None)
    cells = input_grid(table_rows.table(inputs=[row]), 2).rows[0]
    assert cells[-1] == "too few" and "below its floor" in cells[1]


def test_bounds_and_shares_of_the_inputs() -> None:
    row = table_rows.emid_row(shares={"user": 0.75, "character": 0.25, "dialogue": 0.0})
    cells = bound_grid(table_rows.table(emid=[row]), table_rows.UNIT, 2).rows[0]
    assert cells[2:4] == ("+0.15 [-0.05, +0.35]", "+0.10 [-0.10, +0.30]")
    assert cells[-1] == "user 75%, character 25%"
    plain = bound_grid(table_rows.table(), table_rows.UNIT, 2).rows[0]
    assert plain[-1] == "none above its floor"
