"""Both controls as text, from rows of known content."""

from table_rows import UNIT, estimate

from remid.evaluation.table import HalvesRow, ReplacedRow, Table
from remid.information.controls import Halves
from remid.report.control_tables import halves_grid, replaced_grid
from remid.tracking.runs import found_share


def replaced(shift: str, rate: float, value: float, p: float) -> ReplacedRow:
    return ReplacedRow(shift, UNIT, rate, 4, estimate(value), p)


ROWS = [
    replaced("user/german", 0.5, 0.25, 0.04),
    replaced("user/german", 1.0, 0.5, 0.01),
    replaced("user/korean", 1.0, 0.5, 0.06),
]


def test_what_was_found_is_told_for_each_share() -> None:
    grid = replaced_grid(Table(replaced=ROWS), UNIT, 1)
    assert grid.columns == ("shift", "50%", "100%")
    assert grid.rows == (
        (
            "user/german",
            "+0.2 [+0.0, +0.5] found (4 replaced)",
            "+0.5 [+0.3, +0.7] found (4 replaced)",
        ),
        ("user/korean", "nothing to borrow", "+0.5 [+0.3, +0.7] not found (4 replaced)"),
    )


def test_a_gain_is_not_the_loss_that_was_planted() -> None:
    assert not replaced("user/german", 1.0, -0.5, 0.001).found


def test_the_share_of_shifts_found_is_by_rate() -> None:
    assert found_share(Table(replaced=ROWS), UNIT) == {0.5: 1.0, 1.0: 0.5}


def test_halves_are_counted_or_say_why_not() -> None:
    rows = [
        HalvesRow("reference", UNIT, Halves(200, 9)),
        HalvesRow("base", UNIT, Halves(0, 0, "8 are too few")),
    ]
    grid = halves_grid(Table(halves=rows), UNIT)
    assert grid.rows == (
        ("reference", "9 of 200 (4.5%)"),
        ("base", "not tested: 8 are too few"),
    )
