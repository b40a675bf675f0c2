"""docs/json.md has every field of every result, and none that is not there."""

import json
import re
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from small_scores import source, split
from table_rows import emid_row

from remid import parser
from remid.cli import main
from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.evaluation import scored
from remid.evaluation.table import Table

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/json.md").read_text(encoding="utf-8")


def documented() -> dict[str, set[str]]:
    found = defaultdict(set)
    for command, field in re.findall(r"^\| (\w+) \| `(\w+)` \|", TEXT, re.MULTILINE):
        found[command].add(field)
    return dict(found)


def test_every_command_that_reports_is_documented() -> None:
    assert set(documented()) == set(parser.REPORTS)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, six_dialogues: list[Dialogue]) -> Path:
    """A project with a table, two diagnoses and a file of dialogues and one of messages."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    Path("scores").mkdir()
    Path("scores/table.json").write_bytes(msgspec.json.encode(Table(emid=[emid_row()])))
    for model in ("x", "y"):
        for name in ("id_test", "user/german"):
            replies = source(np.arange(8.0) + len(name), np.zeros(8))
            own = {"reference": source(np.zeros(8), np.zeros(8)), model: replies}
            file = Path(model, "scores/pairs", f"{name.replace('/', '.')}.parquet")
            scored.write(file, split(name, own))
    jsonl.write(Path("own.jsonl"), six_dialogues)
    turns = [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Yes."}]
    Path("log.jsonl").write_text(json.dumps({"messages": turns}) + "\n")
    return tmp_path


@pytest.mark.parametrize(
    "line",
    [
        "show",
        "doctor",
        "compare x y",
        "check log.jsonl --character Tamsin",
        "import log.jsonl --output out.jsonl --character Tamsin",
    ],
)
def test_the_fields_are_the_documented_ones(line: str, folder: Path, capsys: Any) -> None:
    assert main([*line.split(), "--json"]) == 0
    out, _ = capsys.readouterr()
    told = json.loads(out, parse_constant=lambda text: pytest.fail(f"{text} is no JSON"))
    assert set(told) == {"schema", "version", "command", "exceeded", "result"}
    assert told["schema"] in TEXT
    command = line.split()[0]
    assert set(told["result"]) == documented()[command]
    if command == "compare":
        row = re.findall(r"`(\w+)`", TEXT[TEXT.index("by split: `split`") :].split("\n")[0])
        assert set(told["result"]["rows"][0]) <= set(row)
        assert set(told["result"]["rows"][0]["emi"]) == set(ESTIMATE)


ESTIMATE = ("value", "standard_error", "low", "high", "n", "level", "note")
