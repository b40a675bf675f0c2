"""Tables and figure of the ordering study."""

from collections.abc import Callable, Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from remid.domain.estimate import Estimate, Unit
from remid.evaluation.table import EmiRow
from remid.report.figures import AXIS, COLOURS, spans
from remid.report.reading import copies
from remid.report.tables import Grid, figure, markdown, parts_grid
from remid.studies.ordering.curves import Curve, Curves


def ordering_text(found: Mapping[Unit, Curves], precision: int) -> str:
    """Markdown: R-EMI by rate, what stands beside it, and what a reader of that is warned of."""
    parts = [
        f"**{grid.title}**\n\n{markdown(grid)}"
        for grid in (parts_grid(own.table, unit, precision) for unit, own in found.items())
    ]
    told = "\n".join(f"- {line}" for line in warnings(found, precision)) or "- Of nothing."
    return (
        "\n\n".join([markdown(_by_rate(found, precision)), *parts])
        + f"\n\nWhat a reader of these tables is warned of:\n\n{told}\n"
    )


def warnings(found: Mapping[Unit, Curves], precision: int) -> list[str]:
    """Return what `remid diagnose` would say of copying and order, for each mixture."""
    # Shares and copies are the same in both units.
    unit, own = next(iter(found.items()))
    return [
        f"{row.model}: {line}"
        for row in own.table.emi
        for line in copies(own.table, row.model, unit, precision)
    ]


def _by_rate(found: Mapping[Unit, Curves], precision: int) -> Grid:
    rates = next(iter(found.values())).kinds[0].rates
    return Grid(
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
            for unit, own in found.items()
            for curve in own.kinds
        ),
    )


def ordering_figure(found: Mapping[Unit, Curves]) -> Figure:
    """R-EMI by the share that is corrupted, and below it what stands beside R-EMI in a table.

    A column for each way; a row for each unit with the copied and the novel part, one for the order
    of words, one for the shares of negatives beaten and of tokens copied.
    """
    # Kinds are the same in both units.
    first = next(iter(found.values())).kinds
    columns, rows = len(first), len(found) + 2
    figure_ = Figure(figsize=(2.1 * columns + 0.6, 2.2 * rows + 0.8), layout="constrained")
    panels = figure_.subplots(rows, columns, sharex=True, sharey="row", squeeze=False)
    for row, (unit, own) in zip(panels, found.items(), strict=False):
        for axes, curve in zip(row, own.kinds, strict=True):
            for k, (label, of) in enumerate(_PARTS.items()):
                _bars(axes, curve, of, label, k)
            axes.axhline(0, color="#888", lw=0.8)
        row[0].set_ylabel(f"R-EMI, {AXIS[unit]}")
    for column, curve in enumerate(first):
        order, shares = panels[-2, column], panels[-1, column]
        _bars(order, curve, lambda row: row.order, "order of words", 3)
        order.axhline(0, color="#888", lw=0.8)
        for k, (label, share) in enumerate(_SHARES.items()):
            values = [share(row) for row in curve.rows]
            shares.plot(curve.rates, values, "s--", ms=4, color=COLOURS[4 + k], label=label)
        panels[0, column].set_title(curve.kind.replace("_", " "), fontsize=10)
        shares.set_xlabel("share corrupted")
    panels[-2, 0].set_ylabel("order, nats per token")
    panels[-1, 0].set_ylabel("share")
    panels[-1, 0].set_ylim(-0.05, 1.05)
    for axes in panels.flat:
        axes.grid(color="#ddd", lw=0.6)
        axes.spines[["top", "right"]].set_visible(False)
    # Labels of each kind of panel once.
    handles = [handle for row in (0, -2, -1) for handle in _handles(panels[row, 0])]
    figure_.legend(handles=handles, frameon=False, loc="outside upper center", ncols=6)
    return figure_


def _bars(
    axes: Axes, curve: Curve, of: Callable[[EmiRow], Estimate], label: str, colour: int
) -> None:
    estimates = [of(row) for row in curve.rows]
    values = [e.value for e in estimates]
    axes.errorbar(
        curve.rates,
        values,
        yerr=spans(estimates),
        fmt="o-",
        ms=4,
        capsize=2,
        color=COLOURS[colour],
        label=label,
    )


def _handles(axes: Axes) -> Sequence[object]:
    handles: Sequence[object] = axes.get_legend_handles_labels()[0]
    return handles


_PARTS: dict[str, Callable[[EmiRow], Estimate]] = {
    "R-EMI": lambda row: row.emi,
    "copied part": lambda row: row.copied,
    "novel part": lambda row: row.novel,
}
_SHARES: dict[str, Callable[[EmiRow], float]] = {
    "negatives beaten": lambda row: row.beaten,
    "tokens copied": lambda row: row.copied_share,
}
