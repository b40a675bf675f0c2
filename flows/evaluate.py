"""R-EMID as a Prefect flow: traces, scores, estimates, tracking."""

import sys
from pathlib import Path
from typing import Any

import local  # noqa: F401  (sets the environment before Prefect reads it)
from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from remid import params
from remid.evaluation import run as steps
from remid.guard import alone, guarded
from remid.pipeline import evaluate as stage
from remid.report import tables
from remid.store.project import Project
from remid.tracking import later, runs

# What is passed between tasks is large and lives in files already: nothing is hashed or persisted.
traces = task(steps.write_traces, name="reasoning traces", cache_policy=NO_CACHE, retries=1)
scores = task(steps.score, name="scores", cache_policy=NO_CACHE, retries=1)
estimates = task(steps.estimate, name="estimates and bounds", cache_policy=NO_CACHE)


@task(name="MLflow", cache_policy=NO_CACHE)
def log_to_mlflow(project: Project, table: Any) -> str | None:
    """Log the evaluation; None where that failed: the figures are written and stand."""
    return later.attempt(lambda: runs.evaluation(project, table))


@flow(name="evaluate")
def evaluate(params_file: str = "params.yaml") -> str | None:
    """Return the id of the MLflow run that holds the evaluation, if the store took it."""
    project = Project(params.load(Path(params_file)))
    evaluation = traces(project, steps.inputs(project))
    scored = scores(project, evaluation)
    table = estimates(project, evaluation, scored)
    stage.publish(project, table)
    own = project.params
    grid = tables.emid_grid(table, own.evaluate.unit, own.report.precision)
    create_markdown_artifact(tables.markdown(grid), key="r-emid", description=grid.title)
    run = log_to_mlflow(project, table)
    get_run_logger().info("MLflow run %s", run or "missing: see above")
    return run


if __name__ == "__main__":
    sys.exit(alone("evaluate", lambda: guarded("evaluate", evaluate)))
