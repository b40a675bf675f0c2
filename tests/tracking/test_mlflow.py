"""Runs in a store of their own."""

from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient

from remid.tracking import mlflow


def test_nested_values_become_names_with_dots() -> None:
    assert mlflow.flat({"a": {"b": 1, "c": {"d": 2}}, "e": 3}) == {"a.b": 1, "a.c.d": 2, "e": 3}


@pytest.mark.slow
def test_a_run_and_its_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert mlflow.use_store(tmp_path) == f"sqlite:///{tmp_path / 'mlflow.db'}"
    with mlflow.run("evaluation", params={"model": {"seed": 1}}, tags={"x": "y"}) as parent:
        mlflow.log_metrics(parent, {"good": 0.5, "undefined": float("nan")})
        with (
            pytest.raises(ZeroDivisionError),
            mlflow.run("m", params={}, tags={}, parent=parent) as child,
        ):
            mlflow.log_series(child, [{"step": 1, "loss": 3.0}, {"step": 2, "loss": 2.0}])
            raise ZeroDivisionError
    client = MlflowClient()
    done, failed = client.get_run(parent), client.get_run(child)
    assert done.data.metrics == {"good": 0.5}
    assert (done.data.params, done.data.tags["x"]) == ({"model.seed": "1"}, "y")
    assert (done.info.status, failed.info.status) == ("FINISHED", "FAILED")
    assert failed.data.tags["mlflow.parentRunId"] == parent
    history = client.get_metric_history(child, "loss")
    assert [(m.step, m.value) for m in history] == [(1, 3.0), (2, 2.0)]
