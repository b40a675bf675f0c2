"""Table and figure of the ordering study."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from remid.domain.estimate import Unit
from remid.report.figures import AXIS, COLOURS, spans
from remid.report.tables import Grid, figure, markdown
from remid.studies.ordering.curves import Curve


def ordering_table(found: Mapping[Unit, Sequence[Curve]], precision: int) -> str:
    """Markdown: R-EMI at each rate, and whether it falls at every step."""
    rates = next(iter(found.values()))[0].rates
    grid = Grid(
        "",
        ("corruption", "unit", *(f"{rate:.0%}" for rate in rates), "falls at every step"),
        tuple(
            (
                curve.kind.replace("_", " "),
                unit.replace("_", " "),
                *(figure(estimate, precision) for estimate in curve.emi),
                ("yes" if curve.ordered else "no")
                + f" ({sum(s.high < 0 for s in curve.steps)} of {len(curve.steps)} intervals below 0)",
            )
            for unit, curves in found.items()
            for curve in curves
        ),
    )
    return markdown(grid) + "\n"


def ordering_figure(found: Mapping[Unit, Sequence[Curve]]) -> Figure:
    """R-EMI of the references by the share that is corrupted: a column for each way, a row a unit."""
    columns = len(next(iter(found.values())))
    figure_ = Figure(figsize=(2.1 * columns + 0.6, 2.5 * len(found) + 0.4), layout="constrained")
    panels = figure_.subplots(len(found), columns, sharex=True, sharey="row", squeeze=False)
    for row, (unit, curves) in zip(panels, found.items(), strict=True):
        for k, (axes, curve) in enumerate(zip(row, curves, strict=True)):
            axes.errorbar(
                curve.rates,
                [e.value for e in curve.emi],
                yerr=spans(curve.emi),
                fmt="o-",
                ms=4,
                capsize=2,
                color=COLOURS[k],
            )
            axes.axhline(0, color="#888", lw=0.8)
            axes.grid(color="#ddd", lw=0.6)
            axes.spines[["top", "right"]].set_visible(False)
        row[0].set_ylabel(f"R-EMI, {AXIS[unit]}")
    for axes, curve in zip(panels[0], next(iter(found.values())), strict=True):
        axes.set_title(curve.kind.replace("_", " "), fontsize=10)
    for axes in panels[-1]:
        axes.set_xlabel("share corrupted")
    return figure_
