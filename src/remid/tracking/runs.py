"""What the stages tell MLflow."""

import math
import re
import subprocess
from collections.abc import Mapping

import yaml

from remid.coevolve.run import curve, sample_traces, work_folder
from remid.corpus.splits import read_manifest
from remid.evaluation.table import Table
from remid.report import figures
from remid.store.fingerprints import file_fingerprint
from remid.store.layout import Layout
from remid.store.project import Project
from remid.store.reading import read_object
from remid.tracking import mlflow
from remid.training import devices


def evaluation(project: Project, table: Table) -> str:
    """Log an evaluation: a parent run, and a child for each model; returns the parent's id."""
    params, layout = project.params, project.layout
    mlflow.use_store(layout.root)
    tags = revision(layout) | {"dtype": devices.dtype(params), "device": devices.device(params)}
    values = params.model_dump()
    unit = params.evaluate.unit
    tags |= estimator(table.loaded)
    of_all = tags | {mlflow.FIGURES: file_fingerprint(layout.scores / "table.json")}
    with mlflow.run("evaluation", params=values, tags=of_all) as parent:
        mlflow.log_metrics(
            parent, {f"perplexity.{k.replace('/', '.')}": v for k, v in table.perplexity.items()}
        )
        figure = layout.cache / "emid.png"
        figures.save(figures.emid_forest(table, unit), figure)
        mlflow.log_files(parent, [figure], folder="figures")
        mlflow.log_files(parent, [layout.metrics, layout.scores / "table.json"], folder="results")
        for name, described in read_manifest(layout)["splits"].items():
            mlflow.log_dataset(
                parent,
                name=name,
                rows=described["dialogues"],
                digest=described["sha256"],
                source=str(layout.split(name)),
            )
        for rate, share in found_share(table, unit).items():
            mlflow.log_metrics(parent, {f"control.replaced.{rate:.2f}": share})
        rows = [
            {
                "model": r.model,
                "shift": r.shift,
                "emid": r.emid.value,
                "low": r.emid.low,
                "high": r.emid.high,
            }
            for r in table.emid
            if r.unit == unit
        ]
        mlflow.log_table(parent, rows, "emid.json")
        for model in dict.fromkeys(row.model for row in table.emi):
            with mlflow.run(model, params={"model": model}, tags=tags, parent=parent) as child:
                mlflow.log_metrics(child, metrics(table, model, unit))
    return parent


def estimator(loaded: Mapping[str, str]) -> dict[str, str]:
    """Tags of what was loaded: where each part is from, at which revision, and its hash."""
    return {f"estimator.{re.sub(r'[^a-z0-9]+', '.', part)}": own for part, own in loaded.items()}


def found_share(table: Table, unit: str) -> dict[float, float]:
    """By rate, under which share of the shifts replaced references were found."""
    rows = [row for row in table.replaced if row.unit == unit]
    return {
        rate: sum(row.found for row in rows if row.rate == rate)
        / sum(row.rate == rate for row in rows)
        for rate in dict.fromkeys(row.rate for row in rows)
    }


def metrics(table: Table, model: str, unit: str) -> dict[str, float]:
    """One model's metrics under the names that docs/architecture.md lists."""
    out: dict[str, float] = {}
    for row in table.emi:
        if row.model == model and row.unit == unit:
            out[f"emi.{row.split.replace('/', '.')}"] = row.emi.value
    for shift in table.emid:
        if shift.model == model and shift.unit == unit:
            name = shift.shift.replace("/", ".")
            out |= {
                f"emid.{name}": shift.emid.value,
                f"emid.{name}.low": shift.emid.low,
                f"emid.{name}.high": shift.emid.high,
                f"detectable.{name}": shift.detectable,
                f"mismatch.{name}": shift.mismatch.value,
                f"covariate.{name}": shift.covariate.value,
            }
            for kind, bound in shift.bounds.items():
                out |= {
                    f"bound.{kind}.{name}": bound.value,
                    f"bound.{kind}.{name}.low": bound.low,
                    f"bound.{kind}.{name}.high": bound.high,
                }
    # against "": the model itself, not its difference from another.
    for pooled in table.factors:
        if (pooled.model, pooled.against, pooled.unit) == (model, "", unit):
            out |= {
                f"emid.{pooled.factor}": pooled.emid.value,
                f"emid.{pooled.factor}.low": pooled.emid.low,
                f"emid.{pooled.factor}.high": pooled.emid.high,
            }
    for halves in table.halves:
        if (halves.source, halves.unit) == (model, unit):
            out["control.halves"] = halves.halves.share
    for theirs in table.published:
        if theirs.model == model:
            name = theirs.split.replace("/", ".")
            out |= {f"published.emi.{name}": theirs.emi}
            out |= {} if math.isnan(theirs.emid) else {f"published.emid.{name}": theirs.emid}
    for worst in table.worst:
        if worst.model == model and worst.unit == unit:
            out["risk.max"] = worst.risk.value
    return out


def coevolution(project: Project) -> str:
    """Log a finished run of CoRL: its curve, its perplexities and a sample of its traces."""
    params, layout, folder = project.params, project.layout, work_folder(project)
    file = layout.metrics / "coevolve.json"
    figures_ = read_object(file, "run `dvc repro coevolve`")
    steps = [
        {key: value for key, value in row.items() if isinstance(value, int | float)}
        for row in curve(folder).to_dict("records")
    ]
    mlflow.use_store(layout.root)
    values = params.model_dump(include={"seed", "model", "deepspeed", "coevolve"})
    tags = revision(layout) | {"dtype": devices.dtype(params), "device": devices.device(params)}
    tags[mlflow.FIGURES] = file_fingerprint(file)
    with mlflow.run("coevolve", params=values, tags=tags) as run:
        mlflow.log_series(run, steps)
        mlflow.log_metrics(run, figures_)
        mlflow.log_table(run, sample_traces(folder), "traces.json")
        mlflow.log_files(run, [layout.estimators], folder="estimators")
    return run


def revision(layout: Layout) -> dict[str, str]:
    """Which commit and which data a run belongs to."""
    tags = {"dvc.data": "unknown", "git.commit": "unknown"}
    data = layout.root / "data.dvc"
    if data.exists():
        tags["dvc.data"] = yaml.safe_load(data.read_text(encoding="utf-8"))["outs"][0]["md5"]
    # Outside a repository, or without git, the run is still logged.
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=layout.root, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        tags["git.commit"] = done.stdout.strip()
    return tags
