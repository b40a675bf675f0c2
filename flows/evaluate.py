"""R-EMID as a Prefect flow: traces, scores, estimates, tracking."""

import sys
from pathlib import Path
from typing import Any

import local  # noqa: F401  (sets the environment before Prefect reads it)
from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from remid import params as parameters
from remid.cli import guarded
from remid.pipeline import evaluate as stage
from remid.report import tables
from remid.store.layout import Layout
from remid.tracking import runs

# What is passed between tasks is large and lives in files already: nothing is hashed or persisted.
traces = task(stage.write_traces, name="reasoning traces", cache_policy=NO_CACHE, retries=1)
scores = task(stage.score, name="scores", cache_policy=NO_CACHE, retries=1)
estimates = task(stage.estimate, name="estimates and bounds", cache_policy=NO_CACHE)


@task(name="MLflow", cache_policy=NO_CACHE, retries=2, retry_delay_seconds=5)
def log_to_mlflow(params: Any, layout: Layout, table: Any) -> str:
    """Log the evaluation; the store may be busy for a moment."""
    return runs.evaluation(params, layout, table)


@flow(name="evaluate")
def evaluate(params_file: str = "params.yaml") -> str:
    """Return the id of the MLflow run that holds the evaluation."""
    params, layout = parameters.load(Path(params_file)), Layout()
    dialogues, replies, missing = stage.inputs(params, layout)
    written = traces(params, layout, dialogues)
    scored = scores(params, layout, dialogues, written, replies, missing)
    table = estimates(params, layout, dialogues, replies, scored)
    stage.publish(params, layout, table)
    grid = tables.emid_grid(table, params.evaluate.unit, params.report.precision)
    create_markdown_artifact(tables.markdown(grid), key="r-emid", description=grid.title)
    run = log_to_mlflow(params, layout, table)
    get_run_logger().info("MLflow run %s", run)
    return run


if __name__ == "__main__":
    sys.exit(guarded("evaluate", evaluate))
