"""CoRL as a Prefect flow: every phase a task with live logs and an artifact."""

import sys
from pathlib import Path

import local  # noqa: F401  (sets the environment before Prefect reads it)
from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from remid import params
from remid.coevolve.rounds import Phase
from remid.coevolve.run import phases
from remid.guard import alone, guarded
from remid.pipeline import coevolve as stage
from remid.store.project import Project
from remid.tracking import later, runs


@task(task_run_name="{name}", cache_policy=NO_CACHE)
def run_phase(name: str, phase: Phase) -> dict[str, float]:
    """Run one phase; a finished one returns at once."""
    figures = phase.run()
    create_table_artifact(
        [{"figure": key, "value": value} for key, value in figures.items()],
        key=f"coevolve-{phase.folder.name.replace('_', '-')}",
        description=name,
    )
    return figures


@flow(name="coevolve")
def coevolve(params_file: str = "params.yaml") -> dict[str, float]:
    """Cold start, then rounds of reasoner, refresh and responder until patience is spent."""
    project = Project(params.load(Path(params_file)))
    logger = get_run_logger()
    for phase in phases(project, log=logger.info):
        run_phase(phase.name, phase)
    figures = stage.finish(project)
    later.attempt(lambda: runs.coevolution(project))
    return figures


if __name__ == "__main__":
    sys.exit(alone("coevolve", lambda: guarded("coevolve", coevolve)))
