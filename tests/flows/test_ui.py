"""`make ui`, without the servers that it starts."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture
def ui(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import the script as Python does when it is run, its own folder first on the path."""
    monkeypatch.syspath_prepend(ROOT / "flows")
    for name in ("ui", "local"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import ui

    return ui


def test_a_start_deploys_the_schedule_of_the_parameters_and_changes_no_committed_file(
    ui: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    committed = ["prefect.yaml", "params.yaml", ".gitignore"]
    for name in committed:
        shutil.copy(ROOT / name, tmp_path / name)
    raw = yaml.safe_load((tmp_path / "params.yaml").read_text())
    raw["retrain"] = {"cron": "5 4 * * 2", "timezone": "Europe/Berlin"}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(raw))
    before = {name: (tmp_path / name).read_bytes() for name in committed}
    ran: list[list[str]] = []
    spawned: list[str] = []
    monkeypatch.setattr(ui, "spawn", lambda name, *_: spawned.append(name))
    monkeypatch.setattr(ui, "wait_for", lambda _: True)
    monkeypatch.setattr(subprocess, "run", lambda command, **_: ran.append(command))
    assert ui.start() == 0
    assert spawned == ["prefect", "mlflow", "worker"]
    deploy = next(command for command in ran if "deploy" in command)
    said = dict(zip(deploy, deploy[1:], strict=False))
    assert said["--cron"] == "5 4 * * 2" and said["--timezone"] == "Europe/Berlin"
    [described] = yaml.safe_load(before["prefect.yaml"])["deployments"]
    assert said["--name"] == described["name"] and "schedules" not in described
    assert {name: (tmp_path / name).read_bytes() for name in committed} == before
    assert {path.name for path in tmp_path.iterdir()} == {*committed, ".run"}


def test_a_failed_server_ends_the_others(
    ui: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    sleeping = [sys.executable, "-c", "import time; time.sleep(60)"]
    spawn, born = ui.spawn, []

    def start(name: str, _command: list[str], environment: dict[str, str]) -> None:
        spawn(name, sleeping, environment)
        born.append(json.loads((tmp_path / ".run/ui.json").read_text())[-1])

    monkeypatch.setattr(ui, "spawn", start)
    monkeypatch.setattr(ui, "wait_for", lambda _: False)
    assert ui.start() == 1
    assert "prefect did not answer" in capsys.readouterr().err
    assert len(born) == 2 and [ui.same_process(record) for record in born] == [None, None]
