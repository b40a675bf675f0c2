"""Stage `report`: tables, figures and the page; and `remid show`."""

import json
import os
import shutil
from collections.abc import Sequence

import msgspec
import pandas as pd
from rich.console import Console

from remid.domain.errors import RemidError
from remid.evaluation.table import UNITS, Table
from remid.lm.traces import parse_trace
from remid.params import Params
from remid.report import figures, page, reading, tables
from remid.store.layout import Layout


def run(params: Params, layout: Layout) -> None:
    """Write build/ anew, whole or not at all."""
    table = read_table(layout)
    first = table.emid[0].unit
    text = render(params, layout, table)
    part = layout.build.with_name(layout.build.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    (part / "report.html").write_text(text, encoding="utf-8")
    (part / "table.md").write_text(markdown(table, params), encoding="utf-8")
    figures.save(figures.emid_forest(table, first), part / "emid.png")
    figures.save(figures.input_shift(table), part / "inputs.png")
    figures.save(figures.training_curve(_curve(layout)), part / "training.png")
    shutil.rmtree(layout.build, ignore_errors=True)
    os.replace(part, layout.build)


def render(params: Params, layout: Layout, table: Table, seeds: Sequence[int] = ()) -> str:
    """Return the page on a table, whose traces are those of the layout."""
    lines = (layout.scores / "traces.jsonl").read_text(encoding="utf-8").splitlines()
    traces = [json.loads(line) for line in lines]
    return page.render(
        table,
        traces=traces,
        formed=sum(parse_trace(trace["trace"]).well_formed for trace in traces),
        curve=_curve(layout),
        unit=table.emid[0].unit,
        precision=params.report.precision,
        title=params.report.title,
        base=params.fetch.base,
        dialogues=len(traces),
        scored_part=reading.scored_part(params.evaluate.reply_tokens),
        seeds=seeds,
    )


def show(params: Params, layout: Layout) -> None:
    """Print the result table and say where everything is."""
    table = read_table(layout)
    console = Console(width=None if Console().is_terminal else 140)
    unit = params.evaluate.unit
    console.print(tables.rich(tables.emid_grid(table, unit, params.report.precision)))
    console.print(tables.rich(tables.factor_grid(table, unit, params.report.precision)))
    console.print(
        "* significant at 5% after Holm's correction; ! do not trust the paper bound here\n"
        + reading.scored_part(params.evaluate.reply_tokens)
    )
    console.print(tables.rich(tables.emi_grid(table, unit, params.report.precision)))
    console.print(
        f"report  {layout.build / 'report.html'}\n"
        "runs    `make ui` serves MLflow at http://127.0.0.1:5000 and Prefect at http://127.0.0.1:4200"
    )


def read_table(layout: Layout) -> Table:
    """Read the figures of the last evaluation.

    Raises
    ------
    RemidError
        When there is none.
    """
    file = layout.scores / "table.json"
    try:
        return msgspec.json.decode(file.read_bytes(), type=Table)
    except FileNotFoundError:
        raise RemidError(f"{file}: nothing was evaluated yet; run `dvc repro`.") from None


def markdown(table: Table, params: Params, others: Sequence[tables.Grid] = ()) -> str:
    """Return the tables as Markdown, `others` among them."""
    unit, precision = params.evaluate.unit, params.report.precision
    grids = (
        # Per token and per reply may differ in sign where languages or lengths do.
        *(tables.factor_grid(table, either, precision) for either in UNITS),
        tables.emid_grid(table, unit, precision),
        tables.emi_grid(table, unit, precision),
        *others,
        tables.split_grid(table, unit, precision),
        tables.difference_grid(table, unit, precision),
        tables.input_grid(table, precision),
    )
    text = [f"**{grid.title}**\n\n{tables.markdown(grid)}" for grid in grids]
    return "\n\n".join([reading.scored_part(params.evaluate.reply_tokens), *text]) + "\n"


def _curve(layout: Layout) -> pd.DataFrame:
    return pd.read_csv(layout.plots / "coevolve.csv")
