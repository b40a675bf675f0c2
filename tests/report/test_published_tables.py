"""The authors' figures stand beside ours, per token whatever the tables show first."""

import math

import table_rows

from remid.evaluation.table import PublishedRow
from remid.report import published_tables

ROWS = [
    PublishedRow("m", "id_test", 0.9, 1.1, -0.2, math.nan, 72),
    PublishedRow("m", "user/german", 0.6, 1.0, -0.4, 0.2, 72),
]


def test_theirs_and_ours_stand_in_one_row() -> None:
    (grid,) = published_tables.grids(table_rows.table(published=ROWS), 2)
    assert grid.columns[2:6] == ("R-EMI, theirs", "R-EMI, ours", "R-EMID, theirs", "R-EMID, ours")
    assert grid.rows == (
        ("m", "id_test", "-0.20", "-0.10 [-0.30, +0.10]", "", "", "72"),
        (
            "m",
            "user/german",
            "-0.40",
            "-0.10 [-0.30, +0.10]",
            "+0.20",
            "+0.25 [+0.05, +0.45]",
            "72",
        ),
    )


def test_nothing_stands_there_where_it_is_not_asked_for() -> None:
    assert published_tables.grids(table_rows.table(), 2) == []
