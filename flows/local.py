"""Sets the environment, so every flow imports it before Prefect, which reads it when imported."""

import os

from remid.environment import prepare
from remid.processes import supervisor

prepare()
if "PREFECT__FLOW_RUN_ID" in os.environ:
    # Run by a worker, whose end, even by kill -9, must be this run's and DVC's too.
    supervisor.start()
