"""What a project's last evaluation says: its table read back, as Markdown and as a page."""

import json
from collections.abc import Sequence

import msgspec
import pandas as pd

from remid.domain.errors import RemidError
from remid.evaluation.table import UNITS, Table
from remid.evaluation.table import read_table as from_json
from remid.params import Params
from remid.report import caveats, page, shift_tables, tables
from remid.store.layout import Layout
from remid.store.project import Project


def read_table(layout: Layout) -> Table:
    """Read the figures of the last evaluation.

    Raises
    ------
    RemidError
        When there is none.
    """
    file = layout.scores / "table.json"
    try:
        return from_json(file.read_bytes())
    except FileNotFoundError:
        raise RemidError(f"{file}: nothing was evaluated yet; run `dvc repro`.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RemidError(
            f"{file}: no table of this version of remid ({error}); run `dvc repro evaluate`."
        ) from None


def render(project: Project, table: Table, seeds: Sequence[int] = ()) -> str:
    """Return the page on a table, whose traces are those of the project's scores."""
    params, layout = project.params, project.layout
    lines = (layout.scores / "traces.jsonl").read_text(encoding="utf-8").splitlines()
    about = page.About(
        title=params.report.title,
        base=f"{params.fetch.base} in {table.dtype}" if table.dtype else params.fetch.base,
        unit=table.emi[0].unit,
        precision=params.report.precision,
        scored_part=caveats.scored_part(table),
        traces=[json.loads(line) for line in lines],
        curve=read_curve(layout),
        seeds=seeds,
    )
    return page.render(table, about)


def markdown(table: Table, params: Params, others: Sequence[tables.Grid] = ()) -> str:
    """Return the tables as Markdown, `others` among them."""
    unit, precision = params.evaluate.unit, params.report.precision
    grids = (
        # Per token and per reply may differ in sign where languages or lengths do.
        *(tables.factor_grid(table, either, precision) for either in UNITS),
        tables.emid_grid(table, unit, precision),
        tables.emi_grid(table, unit, precision),
        tables.parts_grid(table, unit, precision),
        tables.health_grid(table, unit, precision),
        *others,
        tables.split_grid(table, unit, precision),
        tables.difference_grid(table, unit, precision),
        shift_tables.bound_grid(table, unit, precision),
        shift_tables.input_grid(table, precision),
    )
    text = [f"**{grid.title}**\n\n{tables.markdown(grid)}" for grid in grids]
    return "\n\n".join([caveats.scored_part(table), *caveats.left_out(table), *text]) + "\n"


def read_curve(layout: Layout) -> pd.DataFrame:
    """Read the training curve of the estimators."""
    return pd.read_csv(layout.plots / "coevolve.csv")
