"""The one module that knows MLflow."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient

EXPERIMENT = "remid"
FIGURES = "figures"
"""Tag that holds the fingerprint of the file whose figures a run has."""
BATCH = 1000
"""Most metrics that one request may carry."""


def use_store(root: Path) -> str:
    """Point MLflow at the user's server, or at ``mlflow.db`` in the project; returns the URI."""
    uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{(root / 'mlflow.db').absolute()}"
    mlflow.set_tracking_uri(uri)
    if mlflow.get_experiment_by_name(EXPERIMENT) is None:
        # A server stores artifacts where it was told to; a local file needs to be told here.
        location = None if uri.startswith("http") else (root / "mlartifacts").absolute().as_uri()
        mlflow.create_experiment(EXPERIMENT, artifact_location=location)
    mlflow.set_experiment(EXPERIMENT)
    return uri


def finished(figures: str) -> str | None:
    """Find the finished run of the figures with this fingerprint, if there is one; its id."""
    experiment = mlflow.get_experiment_by_name(EXPERIMENT)
    wanted = f"tags.{FIGURES} = '{figures}' and attributes.status = 'FINISHED'"
    found = MlflowClient().search_runs([experiment.experiment_id], wanted, max_results=1)
    return str(found[0].info.run_id) if found else None


@contextmanager
def run(
    name: str, *, params: Mapping[str, Any], tags: Mapping[str, str], parent: str | None = None
) -> Iterator[str]:
    """Open a run, yield its id, and close it as finished or failed.

    The parent is named by an explicit tag: nested runs across processes otherwise go astray when
    MLFLOW_RUN_ID is set.
    """
    client = MlflowClient()
    experiment = mlflow.get_experiment_by_name(EXPERIMENT)
    all_tags = dict(tags) | ({"mlflow.parentRunId": parent} if parent else {})
    created = client.create_run(experiment.experiment_id, run_name=name, tags=all_tags)
    run_id: str = created.info.run_id
    # MLflow takes parameters up to 6,000 characters; longer than 500 nobody reads one.
    client.log_batch(
        run_id, params=[Param(key, str(value)[:500]) for key, value in flat(params).items()]
    )
    try:
        yield run_id
    except BaseException:
        client.set_terminated(run_id, "FAILED")
        raise
    client.set_terminated(run_id, "FINISHED")


def log_metrics(run_id: str, metrics: Mapping[str, float]) -> None:
    """Log metrics in batches; nan is left out, as MLflow's store has no undefined."""
    # nan is the one value that does not equal itself.
    entries = [Metric(k, float(v), 0, 0) for k, v in metrics.items() if v == v]
    for start in range(0, len(entries), BATCH):
        MlflowClient().log_batch(run_id, metrics=entries[start : start + BATCH])


def log_series(run_id: str, rows: Sequence[Mapping[str, float]]) -> None:
    """Log rows of a training curve; each row's ``step`` is its x."""
    entries = [
        Metric(key, float(value), 0, int(row["step"]))
        for row in rows
        for key, value in row.items()
        if key != "step" and isinstance(value, int | float) and value == value
    ]
    for start in range(0, len(entries), BATCH):
        MlflowClient().log_batch(run_id, metrics=entries[start : start + BATCH])


def log_files(run_id: str, files: Sequence[Path], *, folder: str | None = None) -> None:
    """Attach files or folders."""
    client = MlflowClient()
    for file in files:
        log = client.log_artifacts if file.is_dir() else client.log_artifact
        log(run_id, str(file), folder)


def log_table(run_id: str, rows: Sequence[Mapping[str, Any]], name: str) -> None:
    """Attach rows as a table that MLflow's page can compare."""
    if rows:
        columns = {key: [row.get(key) for row in rows] for key in rows[0]}
        MlflowClient().log_table(run_id, columns, name)


def log_dataset(run_id: str, *, name: str, rows: int, digest: str, source: str) -> None:
    """Log a split as an input, by its name, size and content hash."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    dataset = Dataset(
        name=name,
        # MLflow's column holds 36 characters
        digest=digest[:36],
        source_type="local",
        source=f'{{"uri": "{source}"}}',
        profile=f'{{"num_rows": {rows}}}',
    )
    inputs = [DatasetInput(dataset, [InputTag("mlflow.data.context", "evaluation")])]
    MlflowClient().log_inputs(run_id, inputs)


def flat(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """``{"a": {"b": 1}}`` to ``{"a.b": 1}``."""
    out: dict[str, Any] = {}
    # Depth first, names joined by dots: MLflow's parameters are flat.
    for key, value in nested.items():
        if isinstance(value, Mapping):
            out |= flat(value, f"{prefix}{key}.")
        else:
            out[f"{prefix}{key}"] = value
    return out
