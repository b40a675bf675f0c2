"""What a project's last evaluation says: its table read back, as Markdown and as a page."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pandas as pd

from remid.domain.errors import RemidError
from remid.evaluation.table import UNITS, Table
from remid.evaluation.table_file import read_table as from_json
from remid.params import Params
from remid.report import (
    caveats,
    control_tables,
    page,
    published_tables,
    reading,
    shift_tables,
    tables,
)
from remid.store.layout import Layout
from remid.store.project import Project
from remid.store.reading import read_rows, readable


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


def render(
    project: Project, table: Table, seeds: Sequence[int] = (), *, curve: Path | None = None
) -> str:
    """Return the page on a table, whose traces are those of the project's scores.

    Parameters
    ----------
    curve : training curve of the estimators, where it is not the project's own.
    """
    params, layout, unit = project.params, project.layout, table.emi[0].unit
    texts = {"id": str, "split": str, "trace": str}
    traces = read_rows(layout.scores / "traces.jsonl", "run `dvc repro evaluate`", texts)
    about = page.About(
        title=params.report.title,
        base=f"{params.fetch.base} in {table.dtype}" if table.dtype else params.fetch.base,
        unit=unit,
        precision=params.report.precision,
        scored_part=caveats.scored_part(table),
        traces=traces,
        curve=read_curve(curve or layout.plots / "coevolve.csv"),
        shows={
            model: reading.shows(table, model, unit, precision=params.report.precision)
            for model in dict.fromkeys(row.model for row in table.emid)
        },
        seeds=seeds,
    )
    return page.render(table, about)


def markdown(table: Table, params: Params, others: Sequence[tables.Grid] = ()) -> str:
    """Return the tables as Markdown, `others` among them."""
    unit, precision = params.evaluate.unit, params.report.precision
    # Losses first, then models, then what the figures rest on.
    grids = (
        # Per token and per reply may differ in sign where languages or lengths do.
        *(tables.factor_grid(table, either, precision) for either in UNITS),
        tables.emid_grid(table, unit, precision),
        tables.emi_grid(table, unit, precision),
        *control_tables.grids(table, unit, precision),
        *published_tables.grids(table, precision),
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


def read_curve(file: Path) -> pd.DataFrame | None:
    """Read the training curve of the estimators, if it is known."""
    if not file.exists():
        return None
    with readable(file, "run `dvc repro coevolve`"):  # pandas' errors of parsing are ValueErrors
        curve = pd.read_csv(file)
        # What a file lacks that was cut at a line or inside of one.
        if curve.empty or curve[["step", "phase", "loss"]].isna().any(axis=None):
            raise ValueError("a row is cut, or none is there")
        return curve
