"""Agreement with people as tables, as a figure and in sentences."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from remid.domain.estimate import Estimate
from remid.evaluation.table import SATURATED
from remid.report.figures import COLOURS
from remid.report.tables import Grid, figure
from remid.studies.agreement.correlations import Agreement
from remid.studies.agreement.measures import MEASURES
from remid.studies.agreement.results import CeilingRow, Results

LIMITS = (
    "R-EMI sees whether a reply belongs to its context, not whether it is a good performance. Where "
    "some replies miss their context, people and R-EMI agree about those; where all belong, "
    "there is little left for it to see, and agreement near 0 says so.",
    "A correlation is one of these replies, raters and questions: with few systems the one between "
    "systems is open whatever its value, and its interval speaks of other contexts, not of other "
    "systems.",
    "Copied words count as information: where R-EMI and its copied part agree with people and the "
    "novel part does not, look at the replies.",
    "Perplexity, length, copying and echo stand there to be beaten: a measure that follows people no "
    "better than length adds nothing here.",
    "A ceiling is one rater's agreement with the mean of the others; a measure is set against the "
    "mean of all raters, which is less noisy than that of the others.",
)
"""What such figures can show."""
SHOWN = ("information per token", "R-EMI per token", "log-perplexity", "length", "echo")
"""Measures in the table of systems."""


def grids(found: Results, precision: int) -> list[Grid]:
    """A table per rating of what goes with it, the ceilings, and the systems."""
    ratings = [row.rating for row in found.ceilings]
    made = [
        _grid(found, rating, per, precision) for rating in ratings for per in ("reply", "system")
    ]
    return [*made, _ceilings(found.ceilings, precision), _systems(found, precision)]


def _grid(found: Results, rating: str, per: str, precision: int) -> Grid:
    rows = []
    for row in (row for row in found.rows if row.rating == rating):
        # Replies and means of systems answer different questions.
        own = row.per_reply if per == "reply" else row.per_system
        rows.append(
            (row.measure, str(row.replies), *_cells(own, row.undefined.get(per, ""), precision))
        )
    # What one rater reaches stands below what the measures reach.
    ceiling = next(row for row in found.ceilings if row.rating == rating)
    best = ceiling.per_reply if per == "reply" else ceiling.per_system
    told = _cells(best.mean if best else None, ceiling.undefined.get(per, ""), precision)
    rows.append(("one rater with the rest", str(best.mean.spearman.n if best else 0), *told))
    what = "replies" if per == "reply" else "means of systems"
    return Grid(
        f"{rating}: agreement over {what} (intervals resample contexts)",
        (
            "measure",
            "replies" if per == "reply" else "replies behind",
            "Spearman",
            "Pearson",
            "Kendall",
        ),
        tuple(rows),
    )


def _cells(found: Agreement | None, why: str, precision: int) -> tuple[str, str, str]:
    if found is None:
        return why.removeprefix("agreement: "), "", ""
    each = (found.spearman, found.pearson, found.kendall)
    return tuple(figure(estimate, precision) for estimate in each)  # type: ignore[return-value]


def _ceilings(rows: Sequence[CeilingRow], precision: int) -> Grid:
    """Each rater against the mean of the rest, over replies."""
    return Grid(
        "Each rater with the mean of the rest, over replies",
        ("rating", "rater", "Spearman", "Pearson", "Kendall"),
        tuple(
            (
                row.rating,
                rater,
                *(f"{own[name]:+.{precision}f}" for name in ("spearman", "pearson", "kendall")),
            )
            for row in rows
            if row.per_reply
            for rater, own in row.per_reply.by_rater.items()
        ),
    )


def _systems(found: Results, precision: int) -> Grid:
    ratings = [row.rating for row in found.ceilings]
    return Grid(
        "Systems, the best rated first (means over replies)",
        ("system", "replies", *ratings, *SHOWN),
        tuple(
            (
                row.system,
                str(row.replies),
                *(f"{row.ratings[rating]:.{precision}f}" for rating in ratings),
                *(f"{row.measures[name]:.{precision}f}" for name in SHOWN),
            )
            for row in found.systems
        ),
    )


def sentences(found: Results, beaten: float, precision: int) -> list[str]:
    """What the figures show, and what speaks against reading them."""
    told = []
    for ceiling in found.ceilings:
        row = found.row(ceiling.rating, "R-EMI per token")
        # Without references R-EMI is not defined; the replies' own information is.
        if row.per_reply is None:
            row = found.row(ceiling.rating, "information per token")
        if row.per_reply is None:
            told.append(f"{ceiling.rating}: nothing to correlate, {row.undefined['reply']}")
            continue
        own = row.per_reply.spearman
        told.append(
            f"{ceiling.rating}: over {own.n} replies {row.measure} has Spearman "
            f"{figure(own, precision)} with the mean rating; {_side(own)}"
            + (
                f" One of {ceiling.raters} raters has "
                f"{figure(ceiling.per_reply.mean.spearman, precision)} with the rest."
                if ceiling.per_reply
                else " How well raters agree is not known: no rater's ratings lie beside another's."
            )
        )
    if beaten > SATURATED:
        told.append(
            f"Saturated: the own context beats {beaten:.0%} of the others, so hardly anything is left "
            "to tell these replies apart by. `evaluate.negatives: same_character` sets them against "
            "harder contexts."
        )
    return told


def _side(estimate: Estimate) -> str:
    if estimate.low > 0:
        return "it ranks them as people do, more than by chance."
    if estimate.high < 0:
        return "it ranks them against people, more than by chance."
    return "an agreement is not shown."


def forest(found: Results) -> Figure:
    """Spearman of every measure with every rating, over replies and over systems' means."""
    ratings = [row.rating for row in found.ceilings]
    size = (10, 0.26 * len(MEASURES) * max(1, len(ratings) / 2) + 1.8)
    drawn = Figure(figsize=size, layout="constrained")
    panels = drawn.subplots(1, 2, sharey=True)
    for axes, per in zip(panels, ("reply", "system"), strict=True):
        for k, rating in enumerate(ratings):
            colour = COLOURS[k % len(COLOURS)]
            for place, measure in enumerate(MEASURES):
                row = found.row(rating, measure)
                own = row.per_reply if per == "reply" else row.per_system
                if own is not None:
                    at = place + (k - (len(ratings) - 1) / 2) * 0.8 / len(ratings)
                    estimate = own.spearman
                    ends = [[estimate.value - estimate.low], [estimate.high - estimate.value]]
                    # matplotlib refuses bars below 0 and nan: no interval, no bar.
                    ends = [[max(float(np.nan_to_num(end[0])), 0.0)] for end in ends]
                    axes.errorbar(
                        estimate.value, at, xerr=ends, fmt="o", ms=3, capsize=2, color=colour
                    )
            ceiling = (
                found.ceilings[k].per_reply if per == "reply" else found.ceilings[k].per_system
            )
            # One entry of the legend for all markers of a rating.
            axes.plot([], [], "o-", ms=3, color=colour, label=rating)
            if ceiling is not None:
                axes.axvline(ceiling.mean.spearman.value, ls="--", lw=1, color=colour)
        axes.axvline(0, color="#888", lw=0.8)
        axes.set_xlim(-1.05, 1.05)
        axes.grid(axis="x", color="#ddd", lw=0.6)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.set_xlabel(f"Spearman per {per}; dashed: one rater with the rest")
    panels[0].set_yticks(range(len(MEASURES)), list(MEASURES))
    panels[0].invert_yaxis()
    drawn.legend(
        handles=panels[0].get_legend_handles_labels()[0],
        frameon=False,
        loc="outside upper center",
        ncols=4,
    )
    return drawn
