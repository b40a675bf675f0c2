"""Table and figure of the ablation study."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from remid.report.figures import COLOURS, spans
from remid.report.tables import Grid, markdown
from remid.studies.ablation.perplexity import Row


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
    # A ratio: 1 is no difference.
    mark = " *" if gap.ratio.low > 1 or gap.ratio.high < 1 else ""
    return f"{gap.ratio.value:.3f} [{gap.ratio.low:.3f}, {gap.ratio.high:.3f}]{mark} ({seeds})"


def ablation_figure(rows: Sequence[Row]) -> Figure:
    """Perplexity of each variant over the full estimator's; right of 1 the variant is worse."""
    figure_ = Figure(figsize=(8, 0.36 * len(rows) + 1.4), layout="constrained")
    axes = figure_.subplots()
    others = list(rows[0].against_full)
    for k, name in enumerate(others):
        ratios = [row.against_full[name].ratio for row in rows]
        # Variants side by side on the line of their split.
        height = [i + (k - (len(others) - 1) / 2) * 0.3 for i in range(len(rows))]
        axes.errorbar(
            [r.value for r in ratios],
            height,
            xerr=spans(ratios),
            fmt="o",
            ms=4,
            capsize=2,
            color=COLOURS[k],
            label=name,
        )
    axes.axvline(1, color="#888", lw=0.8)
    axes.set_yticks(range(len(rows)), [row.group for row in rows])
    axes.invert_yaxis()
    axes.set_xlabel("perplexity of the references over that under the full estimator, 95% interval")
    axes.grid(axis="x", color="#ddd", lw=0.6)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.legend(frameon=False, loc="best")
    return figure_
