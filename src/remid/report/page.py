"""build/report.html: one file, no network needed to read it."""

from collections.abc import Mapping, Sequence

import pandas as pd
from jinja2 import Environment, PackageLoader, select_autoescape

from remid.domain.estimate import Unit
from remid.evaluation.table import UNITS, Table
from remid.report import figures, tables


def render(
    table: Table,
    *,
    traces: Sequence[Mapping[str, str]],
    formed: int,
    curve: pd.DataFrame,
    unit: Unit,
    precision: int,
    title: str,
    base: str,
    dialogues: int,
    scored_part: str,
    seeds: Sequence[int] = (),
) -> str:
    """Return the page as HTML text.

    Parameters
    ----------
    scored_part : sentence that says how much of a reply the figures are about.
    seeds : of the trainings that each model's figures are the mean of; none where it is one.
    """
    environment = Environment(
        loader=PackageLoader("remid.report", "."), autoescape=select_autoescape(["html.j2"])
    )
    first = {trace["split"]: trace for trace in reversed(traces)}
    warnings = [
        f"{row.shift}: {row.warning}." for row in table.emid if row.warning and row.unit == unit
    ]
    return environment.get_template("page.html.j2").render(
        title=title,
        base=base,
        dialogues=dialogues,
        scored_part=scored_part,
        seeds=seeds,
        models=list(dict.fromkeys(row.model for row in table.emi)),
        forest=figures.svg(figures.emid_forest(table, unit)),
        inputs_figure=figures.svg(figures.input_shift(table)),
        curve=figures.svg(figures.training_curve(curve)),
        emid=tables.emid_grid(table, unit, precision),
        factors=[tables.factor_grid(table, either, precision) for either in UNITS],
        emi=tables.emi_grid(table, unit, precision),
        by_split=tables.split_grid(table, unit, precision),
        inputs=tables.input_grid(table, precision),
        differences=tables.difference_grid(table, unit, precision),
        warnings=list(dict.fromkeys(warnings)),
        perplexity=table.perplexity,
        traces=traces,
        formed=formed,
        samples=list(reversed(list(first.values()))),
    )
