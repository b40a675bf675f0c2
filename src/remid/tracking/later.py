"""Tracking that may fail without what it tracks: tried again, then said to be missing."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

import tenacity

from remid.domain.errors import RemidError
from remid.report.pages import read_table
from remid.store.fingerprints import file_fingerprint
from remid.store.layout import Layout
from remid.store.project import Project
from remid.store.reading import first_line
from remid.tracking import mlflow, runs

logger = logging.getLogger(__name__)

TRIES, PAUSE = 3, 5.0
"""Tries of one logging, and seconds between them: a store may be busy for a moment."""
REMEDY = (
    "the figures are written; mend the store (MLFLOW_TRACKING_URI, or move mlflow.db away) and run "
    "`remid track`"
)


def tried(log: Callable[[], str]) -> str:
    """Log something and return the id of its MLflow run.

    Raises
    ------
    RemidError
        When it failed `TRIES` times.
    """
    retrying = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(TRIES), wait=tenacity.wait_fixed(PAUSE), reraise=True
    )
    try:
        return str(retrying(log))
    except RemidError:
        raise
    # SQLAlchemy, alembic, MLflow and the server behind it each have errors of their own.
    except Exception as error:
        raise RemidError(f"MLflow has no run of this ({first_line(error)}); {REMEDY}.") from error


def attempt(log: Callable[[], str]) -> str | None:
    """Log something; where that fails, warn: None, and the figures stand."""
    try:
        return tried(log)
    except RemidError as error:
        logger.warning("%s", error)
        return None


def run(project: Project) -> None:
    """Command `track`: log the figures that are there, unless MLflow has a finished run of them.

    Raises
    ------
    RemidError
        When nothing was evaluated yet, or the store still fails.
    """
    layout = project.layout
    table = read_table(layout)
    # By the file whose hash a run is known by.
    logs: dict[Path, Callable[[], str]] = {
        layout.metrics / "coevolve.json": lambda: runs.coevolution(project),
        layout.scores / "table.json": lambda: runs.evaluation(project, table),
    }
    for file, log in logs.items():
        if file.is_file():
            print(f"{file}: MLflow run {tried(partial(_unless_there, layout, file, log))}")


def _unless_there(layout: Layout, file: Path, log: Callable[[], str]) -> str:
    mlflow.use_store(layout.root)
    # A run that was cut off is not FINISHED, and is logged anew beside it.
    there = mlflow.finished(file_fingerprint(file))
    return f"{there}, which it had" if there else log()
