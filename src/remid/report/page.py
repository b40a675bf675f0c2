"""build/report.html: one file, no network needed to read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
from jinja2 import Environment, PackageLoader, Template, select_autoescape

from remid.domain.estimate import Unit
from remid.domain.trace import parse_trace
from remid.evaluation.table import UNITS, Table
from remid.report import (
    caveats,
    control_tables,
    figures,
    published_tables,
    shift_tables,
    tables,
)


@dataclass(frozen=True)
class About:
    """What a page says beside the table."""

    title: str
    base: str
    """Where the base model comes from."""
    unit: Unit
    precision: int
    scored_part: str
    """Sentence that says how much of a reply the figures are about."""
    traces: Sequence[Mapping[str, str]]
    """Id, split and trace of every dialogue."""
    curve: pd.DataFrame | None
    """Training curve of the estimators, where it is known."""
    shows: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What the figures of each model show, in sentences."""
    seeds: Sequence[int] = ()
    """Of the trainings that each model's figures are the mean of; none where it is one."""


def template(name: str) -> Template:
    """Return one of the pages of this room; what it is given is escaped."""
    environment = Environment(
        loader=PackageLoader("remid.report", "."), autoescape=select_autoescape(["html.j2"])
    )
    return environment.get_template(name)


def render(table: Table, about: About) -> str:
    """Return the page as HTML text."""
    unit, precision, traces = about.unit, about.precision, about.traces
    first = {trace["split"]: trace for trace in reversed(traces)}
    warnings = [
        f"{row.shift}: {row.warning}." for row in table.emid if row.warning and row.unit == unit
    ]
    return template("page.html.j2").render(
        title=about.title,
        base=about.base,
        dialogues=len(traces),
        scored_part=about.scored_part,
        seeds=about.seeds,
        legend=caveats.legend(),
        left_out=caveats.left_out(table),
        limits=caveats.limits(about.seeds),
        models=list(dict.fromkeys(row.model for row in table.emi)),
        forest=figures.svg(figures.emid_forest(table, unit)),
        inputs_figure=figures.svg(figures.input_shift(table)),
        curve=figures.svg(figures.training_curve(about.curve)) if about.curve is not None else "",
        shows=about.shows,
        estimator=table.estimator,
        loaded=table.loaded,
        emid=tables.emid_grid(table, unit, precision),
        factors=[tables.factor_grid(table, either, precision) for either in UNITS],
        controls=control_tables.grids(table, unit, precision),
        published=published_tables.grids(table, precision),
        emi=tables.emi_grid(table, unit, precision),
        parts=tables.parts_grid(table, unit, precision),
        health=tables.health_grid(table, unit, precision),
        by_split=tables.split_grid(table, unit, precision),
        bounds=shift_tables.bound_grid(table, unit, precision),
        inputs=shift_tables.input_grid(table, precision),
        differences=tables.difference_grid(table, unit, precision),
        warnings=list(dict.fromkeys(warnings)),
        perplexity=table.perplexity,
        traces=traces,
        formed=sum(_formed(trace) for trace in traces),
        samples=list(reversed(list(first.values()))),
    )


def _formed(trace: Mapping[str, str]) -> bool:
    # Files of earlier versions do not say it; what a user's own form asks for is not known here.
    return bool(trace["formed"] if "formed" in trace else parse_trace(trace["trace"]).well_formed)
