"""`import remid`: the figures of the command, nothing printed, nothing written unless asked."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import remid
from remid.corpus.splits import read_tests
from remid.domain.errors import RemidError
from remid.store.layout import Layout

TWO = ("id_test", "user/german")


@pytest.fixture
def texts() -> dict[str, str]:
    return {
        f"{split.replace('/', '-')}-{k:02}": f"well, {split} {k}" for split in TWO for k in range(9)
    }


def tree() -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(Path(".").rglob("*")) if p.is_file()}


def test_a_diagnosis_prints_and_writes_nothing(
    project: Layout, texts: dict[str, str], capsys: Any
) -> None:
    before = tree()
    found = remid.diagnose(texts, name="mine")
    assert tree() == before and capsys.readouterr() == ("", "")
    frame = found.to_frame()
    assert list(frame["shift"]) == ["user/german"] and list(frame["n"]) == [9]
    emi = {}
    for split, own in found.scored.items():
        club = {}
        for name in ("mine", "reference"):
            scores = own.scores(name, "nats_per_token")
            club[name] = scores.positive.mean() - scores.negative.mean()
        emi[split] = club["mine"] - club["reference"]
    assert frame["emid"][0] == pytest.approx(emi["id_test"] - emi["user/german"])
    assert "What mine loses under each shift" in found._repr_html_()
    assert found.too_few["user/spanish"] == 0


def test_dialogues_of_ones_own_and_a_folder_that_is_kept(
    project: Layout, texts: dict[str, str], capsys: Any
) -> None:
    splits = read_tests(project)
    data = [d for name in TWO for d in splits[name]]
    given = {name: splits[name] for name in TWO}
    first = remid.diagnose(texts, given, ".", folder="kept")
    other = remid.diagnose({key: f"{text} indeed" for key, text in texts.items()}, given, ".")
    assert Path("kept/scores/table.json").is_file()
    second = remid.compare("kept", first)
    assert [row.emi.value for row in second.rows] == [0.0, 0.0]
    changed = remid.compare(first, other)
    assert {row.split for row in changed.rows} == set(TWO)
    assert all(np.isfinite(row.emi.low) for row in changed.rows)
    with pytest.raises(RemidError, match="dialogues are in ''; expected id_test"):
        remid.diagnose(texts, {"": data}, ".")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"replies": {"nobody": "x"}}, "1 of 1 are to dialogues of no split .the first: 'nobody'"),
        ({"replies": {}, "data": {"id_test": []}}, "`data` is no project's folder"),
        ({"replies": {}, "name": "base"}, "'base' is a name of the pipeline's own"),
    ],
)
def test_a_mistake_is_one_sentence(arguments: dict, said: str, project: Layout) -> None:
    with pytest.raises(RemidError, match=said):
        remid.diagnose(**arguments)


def test_reading_a_file(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "log.jsonl"
    turns = [{"role": "system", "content": "You are <b>Tamsin</b>."}]
    turns += [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Yes."}]
    bad = {"messages": turns[:2]}
    file.write_text(json.dumps({"messages": turns}) + "\n" + json.dumps(bad) + "\n")
    found = remid.read(file)
    assert len(found) == 1 and found[0].reference == "Yes."
    assert found.tally.refused.total() == 1
    assert list(found.to_frame()["reference"]) == ["Yes."]
    assert "1 dialogues (chat)" in found._repr_html_()
    assert capsys.readouterr() == ("", "")
