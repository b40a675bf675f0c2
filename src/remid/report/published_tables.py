"""R-EMI and R-EMID by the choices of the paper's authors, beside ours."""

import math

from remid.evaluation.table import Table
from remid.report.tables import Grid, figure

UNIT = "nats_per_token"
"""Theirs is a mean over tokens whatever the tables show first."""


def grids(table: Table, precision: int) -> list[Grid]:
    """One table, or none where `evaluate.as_published` does not ask for it."""
    if not table.published:
        return []
    emi = {(row.model, row.split): row.emi for row in table.emi if row.unit == UNIT}
    emid = {(row.model, row.shift): row.emid for row in table.emid if row.unit == UNIT}

    def plain(value: float) -> str:
        return "" if math.isnan(value) else f"{value:+.{precision}f}"

    rows = []
    for row in table.published:
        key = (row.model, row.split)
        rows.append(
            (
                row.model,
                row.split,
                plain(row.emi),
                figure(emi[key], precision) if key in emi else "",
                plain(row.emid),
                figure(emid[key], precision) if key in emid else "",
                str(row.pairs),
            )
        )
    return [
        Grid(
            "As the paper's authors score (nats per token; their window, seed and random negatives, "
            "without intervals), beside ours",
            (
                "model",
                "split",
                "R-EMI, theirs",
                "R-EMI, ours",
                "R-EMID, theirs",
                "R-EMID, ours",
                "their negatives",
            ),
            tuple(rows),
        )
    ]
