"""Names of the metrics, and what a run belongs to."""

import math
import subprocess
from pathlib import Path

import pytest
import table_rows

from remid.evaluation.table import PublishedRow
from remid.store.layout import Layout
from remid.tracking import runs


def test_a_models_metrics_have_the_names_of_the_documentation() -> None:
    table = table_rows.table()
    found = runs.metrics(table, "m", "nats_per_token")
    assert found["emi.id_test"] == found["emi.user.german"] == -0.1
    assert found["emid.user.german"] == 0.25
    assert found["emid.user.german.low"] == pytest.approx(0.05)
    assert found["bound.paper.user.german"] == 3.0
    assert found["bound.joint.user.german"] == 0.5
    assert found["bound.scaled.user.german"] == 1.5
    assert found["risk.max"] == 0.25
    assert runs.metrics(table, "another", "nats_per_token") == {}
    assert "emid.user.german" not in runs.metrics(table, "m", "nats_per_reply")


def test_the_revision_is_that_of_the_repository_and_of_the_data(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert runs.revision(layout)["dvc.data"] == "unknown"
    (tmp_path / "data.dvc").write_text("outs:\n- md5: abc.dir\n  path: data\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    author = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    commit = ["git", *author, "commit", "-q", "--allow-empty", "-m", "x"]
    subprocess.run(commit, cwd=tmp_path, check=True)
    tags = runs.revision(layout)
    assert tags["dvc.data"] == "abc.dir"
    assert len(tags["git.commit"]) == 40


def test_tags_and_metrics_have_names_that_a_tracker_takes() -> None:
    rows = [
        PublishedRow("m", "id_test", 0.9, 1.1, -0.2, math.nan, 72),
        PublishedRow("m", "user/german", 0.6, 1.0, -0.4, 0.2, 72),
    ]
    loaded = {"base": "b (1)", "responder 2": "top (def)"}
    assert runs.estimator(loaded) == {
        "estimator.base": "b (1)",
        "estimator.responder.2": "top (def)",
    }
    found = runs.metrics(table_rows.table(published=rows), "m", "nats_per_token")
    assert found["published.emi.id_test"] == -0.2
    assert found["published.emid.user.german"] == 0.2
    assert "published.emid.id_test" not in found  # nan is no metric
