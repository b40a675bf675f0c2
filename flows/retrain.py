"""Scheduled retraining: `dvc repro`, and what it changed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import local  # noqa: F401  (sets the environment before Prefect reads it)
from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact

from remid.guard import alone, guarded


@task(name="dvc repro")
def repro(targets: list[str]) -> list[str]:
    """Run the pipeline with live logs; returns the stages that ran. Cancelling ends it."""
    logger = get_run_logger()
    # A stage's own flow must not become a child of a run that another process may cancel.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT__")}
    process = subprocess.Popen(
        [sys.executable, "-m", "dvc", "repro", *targets],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
        env=environment,
    )
    ran = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            logger.info(line.rstrip())
            if line.startswith("Running stage "):
                ran.append(line.split("'")[1])
        status = process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    if status:
        raise RuntimeError(f"dvc repro ended with status {status}; its log is above")
    return ran


@task(name="what changed")
def changes() -> list[dict[str, Any]]:
    """Compare the metrics with those of the last commit."""
    command = [sys.executable, "-m", "dvc", "metrics", "diff", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [
        {"file": file, "metric": metric, **values}
        for file, metrics in json.loads(done.stdout or "{}").items()
        for metric, values in metrics.items()
    ]


@flow(name="retrain")
def retrain(targets: list[str] | None = None) -> list[str]:
    """Run whatever is out of date and say what changed; stages that ran are returned."""
    ran = repro(targets or [])
    rows = changes()
    lines = [f"Stages that ran: {', '.join(ran) or 'none, everything was up to date'}.", ""]
    if rows:
        lines += ["| metric | before | now |", "| --- | --- | --- |"]
        lines += [f"| {r['metric']} | {r.get('old')} | {r.get('new')} |" for r in rows]
    else:
        lines.append("No metric differs from the last commit.")
    create_markdown_artifact("\n".join(lines), key="retrain", description="What retraining changed")
    return ran


if __name__ == "__main__":
    os.chdir(Path(__file__).parent.parent)
    sys.exit(alone("retrain", lambda: guarded("retrain", retrain)))
