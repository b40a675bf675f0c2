"""Environment variables that libraries read, set in one place. Imports no library itself."""

import os
from pathlib import Path

SILENT = {
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
}
"""Nobody's usage is reported to anybody."""
QUIET = {
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
    "TORCH_CPP_LOG_LEVEL": "ERROR",
}
"""Warnings that concern nobody here."""
SERVERS = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    # The temporary server of a flow without one can be slow to start on a busy machine.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
}


def prepare() -> None:
    """Set what the user has not, before the libraries that read it are imported."""
    home = {"PREFECT_HOME": str(Path(".prefect").absolute())}
    for key, value in {**SILENT, **QUIET, **SERVERS, **home}.items():
        os.environ.setdefault(key, value)


def of_training(*, ranks: int, device: str) -> dict[str, str]:
    """Return the variables that the processes of one training get beside those of this one."""
    variables = {"HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}
    if device == "cpu":
        variables["DS_ACCELERATOR"] = "cpu"
        # Ranks that share cores must not each take them all.
        variables["OMP_NUM_THREADS"] = str(max(1, len(os.sched_getaffinity(0)) // ranks))
    return variables
