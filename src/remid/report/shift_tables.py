"""Tables of how far inputs moved, and of what bounds R-EMID."""

from remid.domain.estimate import Unit
from remid.evaluation.table import Moved, Table
from remid.report.tables import Grid, figure


def input_grid(table: Table, precision: int) -> Grid:
    """Representation JS of the inputs to ID, and how strongly factors depend on each other."""
    first = table.inputs[0] if table.inputs else None
    names = list(first.factors) if first else []
    pairs = list(first.dependence) if first else []

    def cell(moved: Moved) -> str:
        # Raw and floor beside the value: at small n most of a JS is its floor.
        ends = (moved.js.low, moved.js.high)
        interval = (
            "[none]" if ends[0] != ends[0] else "[{:.{p}f}, {:.{p}f}]".format(*ends, p=precision)
        )
        below = ", below its floor" if moved.below_floor else ""
        return (
            f"{moved.js.value:.{precision}f} {interval} "
            f"(raw {moved.raw:.{precision}f}, floor {moved.floor:.{precision}f}{below})"
        )

    rows = tuple(
        (
            row.shift,
            *(cell(row.factors[name]) for name in names),
            cell(row.joint),
            # On ID and under the shift, not their difference: a p-value says whether they differ.
            *(
                f"{row.dependence[pair].on_id:.2f}, {row.dependence[pair].on_shift:.2f}"
                for pair in pairs
            ),
            "too few" if row.dependence_p is None else f"{row.dependence_p:.3f}",
        )
        for row in table.inputs
    )
    return Grid(
        "Input shift: JS to ID less its floor, nats; dependence of two factors on ID and under the "
        "shift (0 none, 1 one and the same)",
        ("shift", *names, "joint", *pairs, "p of alike dependence"),
        rows,
    )


def bound_grid(table: Table, unit: Unit, precision: int) -> Grid:
    """What R-EMID is made of by the exact identity, and its bounds, a row per shift and model."""
    return Grid(
        f"Mismatch + covariate = R-EMID, and bounds on it ({unit.replace('_', ' ')} where not said)",
        (
            "shift",
            "model",
            "mismatch of replies",
            "moved inputs (with what good replies to them changed)",
            "joint bound",
            "paper bound, nats per reply",
            "scaled, unitless",
            "shares of the inputs",
        ),
        tuple(
            (
                row.shift,
                row.model,
                figure(row.mismatch, precision),
                figure(row.covariate, precision),
                figure(row.joint, precision),
                figure(row.paper, precision),
                figure(row.scaled, precision),
                ", ".join(f"{name} {share:.0%}" for name, share in row.shares.items() if share > 0)
                or "none above its floor",
            )
            for row in table.emid
            if row.unit == unit
        ),
    )
