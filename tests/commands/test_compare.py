"""`remid compare`: statuses, JSON and JUnit, from folders with known scores."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from small_scores import source, split

import remid
from remid.cli import main
from remid.evaluation import scored

ZERO = np.zeros(8)
SPLITS = ("id_test", "user/german")


def diagnosis(folder: Path, model: str, lost: float, seed: int) -> str:
    """Scores of a model that loses so much under the shift, one token a reply."""
    rng = np.random.default_rng(seed)
    for name in SPLITS:
        own = 1 + rng.normal(0, 0.05, 8) - (lost if name != "id_test" else 0)
        sources = {"reference": source(ZERO - 1, ZERO - 1), model: source(own, ZERO)}
        file = folder / "scores/pairs" / f"{name.replace('/', '.')}.parquet"
        scored.write(file, split(name, sources))
    return str(folder)


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    monkeypatch.chdir(tmp_path)
    old = diagnosis(Path("old"), "v1", 0.0, 1)
    return old, diagnosis(Path("studies/diagnose/v2"), "v2", 0.5, 2) and "v2"


def test_worse_beyond_the_margin_is_status_3(two: tuple[str, str], capsys: Any) -> None:
    assert main(["compare", *two]) == 0
    out, _ = capsys.readouterr()
    assert "R-EMI of v2 is worse in user/german." in out
    assert main(["compare", *two, "--fail-if-worse", "0.8"]) == 0
    assert capsys.readouterr().err == ""
    junit = ["--junit", "junit.xml"]
    assert main(["compare", *two, "--fail-if-worse", "0.2", "--json", *junit]) == 3
    out, err = capsys.readouterr()
    said = "v2 is worse than v1 in R-EMI by more than 0.2 nats per token in user/german"
    assert err.startswith(f"remid compare: {said}") and err.count("\n") == 1
    told = json.loads(out)
    assert told["schema"] == "remid/1" and told["exceeded"].startswith(said)
    assert told["result"]["worse"] == ["user/german"]
    rows = {row["split"]: row for row in told["result"]["rows"]}
    assert rows["user/german"]["emi"]["value"] == pytest.approx(-0.5, abs=0.1)
    suite = ElementTree.parse("junit.xml").getroot()
    assert suite.attrib["tests"] == "2" and suite.attrib["failures"] == "1"
    assert [case.get("name") for case in suite if case.find("failure") is not None] == [
        "user/german"
    ]


def test_in_python_as_in_the_shell(two: tuple[str, str], capsys: Any) -> None:
    found = remid.compare(two[0], Path("studies/diagnose/v2"), margin=0.2)
    assert found.worse == ("user/german",)
    frame = found.to_frame().set_index("split")
    rows = {row.split: row for row in found.rows}
    assert frame.loc["user/german", "emi"] == rows["user/german"].emi.value
    assert list(frame["worse"]) == [False, True] and np.isnan(frame.loc["id_test", "emid"])
    assert "<td>worse</td>" in found._repr_html_()
    assert capsys.readouterr() == ("", "")


def test_the_better_one_is_not_worse(two: tuple[str, str]) -> None:
    found = remid.compare(Path("studies/diagnose/v2"), two[0], margin=0.0)
    assert found.worse == () and found.exceeded == ""
    assert "R-EMI of v1 is better in user/german." in found.shows


def test_what_is_no_diagnosis_is_one_sentence(two: tuple[str, str], capsys: Any) -> None:
    assert main(["compare", "old", "v3"]) == 2
    assert "v3: no folder, no diagnosis in studies/diagnose and no model" in capsys.readouterr().err
    assert main(["compare", "old", "studies"]) == 2
    assert "studies: no scores there; name a folder" in capsys.readouterr().err
