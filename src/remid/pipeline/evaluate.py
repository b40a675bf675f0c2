"""Stage `evaluate`: traces, scores, R-EMI, R-EMID and bounds of every split and model."""

import json

import pandas as pd

from remid.evaluation import run as steps
from remid.evaluation.table import Table
from remid.store.project import Project
from remid.store.whole import write


def run(project: Project) -> Table:
    """Every step in order; each keeps what it finished."""
    # 1. A trace a dialogue; 2. scores of pairs; 3. numbers. Each step's results are cached.
    evaluation = steps.write_traces(project, steps.inputs(project))
    scored = steps.score(project, evaluation)
    table = steps.estimate(project, evaluation, scored)
    publish(project, table)
    return table


def publish(project: Project, table: Table) -> None:
    """Write what DVC shows: metrics by model and shift, and the rows of the figure."""
    unit, layout = project.params.evaluate.unit, project.layout
    content = json.dumps(steps.metrics(table, unit), indent=1)
    write(layout.metrics / "emid.json", content + "\n")
    rows = [
        {
            "shift": row.shift,
            "model": row.model,
            "emid": row.emid.value,
            "low": row.emid.low,
            "high": row.emid.high,
            **{name: bound.value for name, bound in row.bounds.items()},
        }
        for row in table.emid
        if row.unit == unit
    ]
    # Without a shift there is no row, and a plot still wants its columns.
    frame = pd.DataFrame(rows, columns=None if rows else ["shift", "model", "emid"])
    write(layout.plots / "emid.csv", frame.to_csv(index=False))
