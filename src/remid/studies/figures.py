"""Tables and figures of the studies beside the pipeline."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from remid.domain.estimate import Estimate, Unit
from remid.report.figures import AXIS, COLOURS
from remid.report.tables import Grid, figure, markdown
from remid.studies.ablation.perplexity import Row
from remid.studies.ordering.curves import Curve


def ablation_table(rows: Sequence[Row]) -> str:
    """Markdown: perplexities of the variants and what each costs against the full estimator."""
    variants = list(rows[0].perplexity)
    others = list(rows[0].against_full)
    grid = Grid(
        "",
        ("split", "dialogues", *variants, *(f"{name} / full" for name in others)),
        tuple(
            (
                row.group,
                str(row.perplexity[variants[0]].n),
                *(f"{row.perplexity[name].value:.2f}" for name in variants),
                *(_gap(row, name) for name in others),
            )
            for row in rows
        ),
    )
    return markdown(grid) + "\n"


def _gap(row: Row, name: str) -> str:
    gap = row.against_full[name]
    seeds = ", ".join(f"{value:.3f}" for value in gap.by_seed)
    mark = " *" if gap.ratio.low > 1 or gap.ratio.high < 1 else ""
    return f"{gap.ratio.value:.3f} [{gap.ratio.low:.3f}, {gap.ratio.high:.3f}]{mark} ({seeds})"


def ablation_figure(rows: Sequence[Row]) -> Figure:
    """Perplexity of each variant over the full estimator's; right of 1 the variant is worse."""
    figure_ = Figure(figsize=(8, 0.36 * len(rows) + 1.4), layout="constrained")
    axes = figure_.subplots()
    others = list(rows[0].against_full)
    for k, name in enumerate(others):
        ratios = [row.against_full[name].ratio for row in rows]
        height = [i + (k - (len(others) - 1) / 2) * 0.3 for i in range(len(rows))]
        axes.errorbar(
            [r.value for r in ratios], height, xerr=_spans(ratios), fmt="o", ms=4, capsize=2,
            color=COLOURS[k], label=name,
        )  # fmt: skip
    axes.axvline(1, color="#888", lw=0.8)
    axes.set_yticks(range(len(rows)), [row.group for row in rows])
    axes.invert_yaxis()
    axes.set_xlabel("perplexity of the references over that under the full estimator, 95% interval")
    axes.grid(axis="x", color="#ddd", lw=0.6)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.legend(frameon=False, loc="best")
    return figure_


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
                curve.rates, [e.value for e in curve.emi], yerr=_spans(curve.emi), fmt="o-", ms=4,
                capsize=2, color=COLOURS[k],
            )  # fmt: skip
            axes.axhline(0, color="#888", lw=0.8)
            axes.grid(color="#ddd", lw=0.6)
            axes.spines[["top", "right"]].set_visible(False)
        row[0].set_ylabel(f"R-EMI, {AXIS[unit]}")
    for axes, curve in zip(panels[0], next(iter(found.values())), strict=True):
        axes.set_title(curve.kind.replace("_", " "), fontsize=10)
    for axes in panels[-1]:
        axes.set_xlabel("share corrupted")
    return figure_


def _spans(estimates: Sequence[Estimate]) -> list[list[float]]:
    return [[e.value - e.low for e in estimates], [e.high - e.value for e in estimates]]
