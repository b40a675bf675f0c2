"""A store that fails does not take the figures with it."""

from pathlib import Path

import pytest
import table_rows
import tiny_project

from remid.domain.errors import RemidError
from remid.store.layout import Layout
from remid.store.project import Project
from remid.store.whole import indented, write
from remid.tracking import later, mlflow, runs


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(later, "PAUSE", 0.0)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def test_a_store_that_is_busy_for_a_moment_is_tried_again() -> None:
    tries: list[int] = []

    def busy() -> str:
        tries.append(1)
        if len(tries) < later.TRIES:
            raise OSError("database is locked")
        return "run-7"

    assert later.attempt(busy) == "run-7"
    assert len(tries) == later.TRIES


def test_one_that_stays_broken_is_said_to_be_missing(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> str:
        raise ValueError("(sqlite3.DatabaseError) file is not a database\n[SQL: PRAGMA ...]")

    assert later.attempt(broken) is None
    (said,) = caplog.messages
    assert said.startswith("MLflow has no run of this ((sqlite3.DatabaseError) file is not a data")
    assert said.endswith("run `remid track`.") and "\n" not in said


@pytest.mark.slow
def test_track_logs_what_a_broken_store_did_not_take_and_does_so_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Two folders: SQLAlchemy keeps a connection to the broken file for the rest of the process.
    broken, project = (
        Project(tiny_project.params(), Layout(tmp_path / name)) for name in ("broken", "whole")
    )
    logged: list[str] = []

    def evaluation(project: Project, table: object) -> str:
        tags = {mlflow.FIGURES: later.file_fingerprint(project.layout.scores / "table.json")}
        with mlflow.run("evaluation", params={}, tags=tags) as run:
            logged.append(run)
        return run

    monkeypatch.setattr(runs, "evaluation", evaluation)
    for each in (broken, project):
        write(each.layout.scores / "table.json", indented(table_rows.table()))
    (tmp_path / "broken/mlflow.db").write_bytes(b"garbage" * 2000)
    with pytest.raises(RemidError, match=r"MLflow has no run of this .*run `remid track`\."):
        later.run(broken)
    assert logged == []
    # MLflow writes the store that was set last into the environment.
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    later.run(project)
    later.run(project)
    file = project.layout.scores / "table.json"
    assert capsys.readouterr().out.splitlines() == [
        f"{file}: MLflow run {logged[0]}",
        f"{file}: MLflow run {logged[0]}, which it had",
    ]
    assert len(logged) == 1
