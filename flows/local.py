"""Sets the environment, so every flow imports it before Prefect, which reads it when imported."""

import logging
import os
import sys
from pathlib import Path

from remid.domain.errors import RemidError
from remid.environment import prepare
from remid.failures import sentence
from remid.processes import supervisor
from remid.store.cache import damage, set_aside


def mend_history() -> None:
    """Set a damaged database of Prefect's aside: it holds the history of runs, and no figure."""
    database = Path(os.environ["PREFECT_HOME"], "prefect.db")
    if told := damage(database):
        aside = set_aside(database)
        print(
            f"{database}: Prefect's database is damaged ({told}); it was moved to {aside.name} and "
            "a new one begun, no figure is in it",
            file=sys.stderr,
        )


def one_sentence(record: logging.LogRecord) -> bool:
    """Keep Prefect from logging what `guarded` says in one sentence: its traceback and its state."""
    error = record.exc_info[1] if record.exc_info else None
    if error is not None and (isinstance(error, RemidError) or sentence(error)):
        return False
    return not record.getMessage().startswith("Finished in state Failed")


prepare()
mend_history()
for name in ("prefect.flow_runs", "prefect.task_runs"):
    logging.getLogger(name).addFilter(one_sentence)
if "PREFECT__FLOW_RUN_ID" in os.environ:
    # Run by a worker, whose end, even by kill -9, must be this run's and DVC's too.
    supervisor.start()
