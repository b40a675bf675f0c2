"""Figures of the report, as SVG text and as files."""

import io
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from remid.domain.estimate import Estimate, Unit
from remid.evaluation.table import Table

COLOURS = ("#2f6690", "#d1495b", "#66a182", "#edae49", "#7d5ba6", "#5c6b73", "#c97b63", "#3d405b")
AXIS = {"nats_per_token": "nats per token", "nats_per_reply": "nats per reply"}


def emid_forest(table: Table, unit: Unit) -> Figure:
    """R-EMID of every model under every shift, with intervals; right of 0 information is lost."""
    rows = [row for row in table.emid if row.unit == unit]
    shifts = list(dict.fromkeys(row.shift for row in rows))
    models = list(dict.fromkeys(row.model for row in rows))
    # Inches a shift: enough for the markers of all models side by side.
    band = max(0.42, 0.12 * len(models))
    figure = Figure(figsize=(8, band * len(shifts) + 1.6), layout="constrained")
    axes = figure.subplots()
    for k, model in enumerate(models):
        own = [row for row in rows if row.model == model]
        # Models share a shift's band of 0.8, centred on its line.
        height = [
            shifts.index(r.shift) + (k - (len(models) - 1) / 2) * 0.8 / len(models) for r in own
        ]
        values = [r.emid.value for r in own]
        spans = [
            [r.emid.value - r.emid.low for r in own],
            [r.emid.high - r.emid.value for r in own],
        ]
        axes.errorbar(
            values,
            height,
            xerr=spans,
            fmt="o",
            ms=4,
            capsize=2,
            lw=1.4,
            color=COLOURS[k % len(COLOURS)],
            label=model,
        )
    axes.axvline(0, color="#888", lw=0.8)
    axes.set_yticks(range(len(shifts)), shifts)
    # The first shift on top, as in the tables.
    axes.invert_yaxis()
    level = rows[0].emid.level if rows else 0.95
    axes.set_xlabel(f"R-EMID, {AXIS[unit]}, {level:.0%} interval (right of 0: loses information)")
    axes.grid(axis="x", color="#ddd", lw=0.6)
    axes.spines[["top", "right", "left"]].set_visible(False)
    # Within the axes a legend of several models lies on their intervals.
    figure.legend(frameon=False, loc="outside upper center", ncols=4)
    return figure


def input_shift(table: Table) -> Figure:
    """Representation JS of each factor under each shift, its floor taken off, with intervals."""
    factors = list(table.inputs[0].factors) if table.inputs else []
    figure = Figure(figsize=(8, 0.36 * len(table.inputs) + 1.6), layout="constrained")
    axes = figure.subplots()
    for k, factor in enumerate(factors):
        height = [i + (k - 1) * 0.22 for i in range(len(table.inputs))]
        found = [row.factors[factor].js for row in table.inputs]
        axes.barh(
            height,
            [js.value for js in found],
            # max(..., 0): the value is cut at 0 where the interval is not.
            xerr=[
                [max(js.value - js.low, 0) for js in found],
                [max(js.high - js.value, 0) for js in found],
            ],
            error_kw={"lw": 0.8, "ecolor": "#333"},
            height=0.2,
            color=COLOURS[k],
            label=factor,
        )
    axes.set_yticks(range(len(table.inputs)), [row.shift for row in table.inputs])
    axes.invert_yaxis()
    axes.set_xlabel("JS to ID less what relabelled samples of these sizes show, nats")
    axes.spines[["top", "right", "left"]].set_visible(False)
    if factors:  # matplotlib warns of a legend without entries
        figure.legend(frameon=False, loc="outside upper center", ncols=4)
    return figure


def training_curve(curve: pd.DataFrame) -> Figure:
    """Rewards of the half-rounds and losses of the supervised phases, step by step."""
    figure = Figure(figsize=(8, 4.6), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True)
    for k, (phase, part) in enumerate(curve.groupby("phase", sort=False)):
        colour = COLOURS[k % len(COLOURS)]
        # Supervised phases have no reward, RL phases no loss worth showing.
        rewarded = part.dropna(subset=["reward"])
        top.plot(rewarded["step"], rewarded["reward"], "o-", ms=3, color=colour)
        if not len(rewarded):
            bottom.plot(part["step"], part["loss"], "o-", ms=3, color=colour, label=phase)
        else:
            # Nothing drawn, but the phase gets its place in the legend.
            bottom.plot([], [], "o-", ms=3, color=colour, label=phase)
    top.set_ylabel("mean reward of a group")
    bottom.set_ylabel("loss, nats per token")
    bottom.set_xlabel("optimiser step")
    for axes in (top, bottom):
        axes.grid(color="#ddd", lw=0.6)
        axes.spines[["top", "right"]].set_visible(False)
    bottom.legend(frameon=False, fontsize=8, ncols=3)
    return figure


def svg(figure: Figure) -> str:
    """Return the figure as SVG text, the same bytes for the same figure."""
    buffer = io.StringIO()
    # Ids and dates would make equal figures differ; text stays text, to be found and read aloud.
    with matplotlib.rc_context({"svg.hashsalt": "remid", "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def save(figure: Figure, path: Path) -> None:
    """Write the figure to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=140)


def spans(estimates: Sequence[Estimate]) -> list[list[float]]:
    """Distances from the values to the ends of their intervals, as error bars want them."""
    return [[e.value - e.low for e in estimates], [e.high - e.value for e in estimates]]
