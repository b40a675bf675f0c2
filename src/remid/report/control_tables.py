"""Tables of the controls: what had to be found, and what had not to be."""

from remid.domain.estimate import Unit
from remid.evaluation.table import Table
from remid.report.tables import Grid, figure


def grids(table: Table, unit: Unit, precision: int) -> list[Grid]:
    """Both controls."""
    return [replaced_grid(table, unit, precision), halves_grid(table, unit)]


def replaced_grid(table: Table, unit: Unit, precision: int) -> Grid:
    """Positive control: a row per shift, a column per share of its references that was replaced."""
    rows = [row for row in table.replaced if row.unit == unit]
    rates = list(dict.fromkeys(row.rate for row in rows))
    found = {(row.shift, row.rate): row for row in rows}

    def cell(shift: str, rate: float) -> str:
        row = found.get((shift, rate))
        if row is None:
            return "nothing to borrow"
        said = "found" if row.found else "not found"
        return f"{figure(row.emid, precision)} {said} ({row.replaced} replaced)"

    return Grid(
        f"Positive control ({unit.replace('_', ' ')}): R-EMID of references of which a share was "
        "replaced by other dialogues'; found at 5% after Holm's correction over the shifts",
        ("shift", *(f"{rate:.0%}" for rate in rates)),
        tuple(
            (shift, *(cell(shift, rate) for rate in rates))
            for shift in dict.fromkeys(row.shift for row in rows)
        ),
    )


def halves_grid(table: Table, unit: Unit) -> Grid:
    """Negative control: how often halves of id_test were told apart."""
    rows = [row for row in table.halves if row.unit == unit]
    return Grid(
        "Negative control: random halves of id_test told apart at 5%; about 5% is right",
        ("replies of", "told apart"),
        tuple(
            (
                row.source,
                f"{row.halves.found} of {row.halves.splits} ({row.halves.share:.1%})"
                if row.halves.splits
                else f"not tested: {row.halves.note}",
            )
            for row in rows
        ),
    )
