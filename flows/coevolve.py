"""CoRL as a Prefect flow: every phase a task with live logs and an artifact."""

import os
import sys
from pathlib import Path

os.environ.setdefault("PREFECT_HOME", str(Path(".prefect").absolute()))
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")

from prefect import flow, get_run_logger, task  # noqa: E402  (after the environment it reads)
from prefect.artifacts import create_table_artifact  # noqa: E402

from remid import params as parameters  # noqa: E402
from remid.cli import guarded  # noqa: E402
from remid.coevolve.plan import Phase  # noqa: E402
from remid.stages import coevolve as stage  # noqa: E402
from remid.stages.layout import Layout  # noqa: E402


@task(task_run_name="{name}")
def run_phase(name: str, phase: Phase) -> dict[str, float]:
    """Run one phase; finished ones return at once."""
    figures = phase.run()
    key = phase.folder.name.replace("_", "-")
    create_table_artifact(
        [{"figure": k, "value": v} for k, v in figures.items()], key=f"coevolve-{key}", description=name
    )
    return figures


@flow(name="coevolve")
def coevolve(params_file: str = "params.yaml") -> dict[str, float]:
    """Cold start, then rounds of reasoner, refresh and responder, until patience is spent."""
    params, layout = parameters.load(Path(params_file)), Layout()
    logger = get_run_logger()
    for phase in stage.phases(params, layout, log=logger.info):
        run_phase(phase.name, phase)
    return stage.finish(params, layout)


if __name__ == "__main__":
    sys.exit(guarded("coevolve", coevolve))
