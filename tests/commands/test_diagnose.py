"""`remid diagnose` on a file of replies, with untrained estimators."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from remid import cli
from remid.domain.shift import ID_TEST
from remid.evaluation import scored
from remid.store.layout import Layout
from remid.store.project import Project

TWO = (ID_TEST, "user/german")


def replies(path: Path, counts: dict[str, int], *more: dict[str, str]) -> str:
    rows = [
        {"id": f"{split.replace('/', '-')}-{k:02}", "reply": f"well, {split} {k}"}
        for split, count in counts.items()
        for k in range(count)
    ]
    path.write_text("\n".join(json.dumps(row) for row in [*rows, *more]))
    return str(path)


def test_a_file_of_replies_is_diagnosed_without_touching_the_pipelines_scores(
    project: Layout, capsys: Any
) -> None:
    file = replies(Path("mine.jsonl"), {ID_TEST: 9, "user/german": 8, "character/gaming": 3})
    before = sorted(path for path in Path(".").rglob("*") if "studies" not in path.parts)
    assert cli.main(["diagnose", "--replies", file]) == 0
    out = capsys.readouterr().out
    assert "R-EMI of mine" in out and "user/german" in out and "What it does not show" in out
    assert "user/german 1" in out.split("What this shows")[1]  # the dialogue without a reply
    assert "too few replies for an interval (user/spanish 0" in out
    assert "character/gaming 3" in out
    after = sorted(path for path in Path(".").rglob("*") if "studies" not in path.parts)
    assert [path for path in after if ".cache" not in path.parts] == before
    pairs = Path("studies/diagnose/mine/scores/pairs")
    assert sorted(path.name for path in pairs.iterdir()) == [
        "id_test.parquet",
        "user.german.parquet",
    ]


def test_the_figures_are_those_of_the_scored_pairs(project: Layout, capsys: Any) -> None:
    """R-EMID = R-EMI(ID) - R-EMI(shift), each [mean S_ii - mean S_ij](mine) - [same](reference)."""
    from remid import params
    from remid.commands import diagnose

    file = replies(Path("mine.jsonl"), dict.fromkeys(TWO, 9))
    project_ = Project(params.load(), project)
    table = diagnose.diagnoses(project_, file=Path(file), name="ours")["ours"].table
    emi = {}
    for split in TWO:
        own = scored.read(
            Path(f"studies/diagnose/ours/scores/pairs/{split.replace('/', '.')}.parquet")
        )
        assert own.ids == tuple(f"{split.replace('/', '-')}-{k:02}" for k in range(9))
        club = {}
        for source in ("ours", "reference"):
            scores = own.scores(source, "nats_per_token")
            club[source] = scores.positive.mean() - scores.negative.mean()
        emi[split] = club["ours"] - club["reference"]
    row = next(row for row in table.emid if row.unit == "nats_per_token")
    assert row.emid.value == pytest.approx(emi[ID_TEST] - emi["user/german"])
    assert row.emid.low < row.emid.value < row.emid.high and row.emid.n == 9


def test_replies_of_the_reply_stage_are_diagnosed_by_name(project: Layout, capsys: Any) -> None:
    file = replies(Path("r.jsonl"), dict.fromkeys(TWO, 9))
    assert cli.main(["reply", "mine", "--file", file]) == 0
    assert cli.main(["diagnose", "--model", "mine"]) == 0
    assert "n = 8" in capsys.readouterr().out  # reply.dialogues_per_split
    table = json.loads(Path("studies/diagnose/mine/scores/table.json").read_text())
    frame = pd.DataFrame([row for row in table["emi"] if row["unit"] == "nats_per_token"])
    assert (
        list(frame["split"]) == list(TWO)
        and np.isfinite(frame["emi"].map(lambda e: e["low"])).all()
    )


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({ID_TEST: 9}, "R-EMID compares id_test with a shift, .* 9 in id_test and at most 0"),
        ({"user/german": 9, ID_TEST: 7}, "8 replies in each are needed; there are 7 in id_test"),
        ({"nowhere": 9}, "9 of 9 rows give no reply; 9 rows: its id is in no split"),
    ],
)
def test_too_few_replies_are_one_sentence(
    counts: dict[str, int], said: str, project: Layout, capsys: Any
) -> None:
    import re

    assert cli.main(["diagnose", "--replies", replies(Path("mine.jsonl"), counts)]) == 2
    error = capsys.readouterr().err
    assert re.search(said, error) and "Traceback" not in error


def test_each_model_of_a_file_is_diagnosed(project: Layout, capsys: Any) -> None:
    lines = Path(replies(Path("r.jsonl"), dict.fromkeys(TWO, 9))).read_text().splitlines()
    both = {
        row["id"]: {"model_response": {"A": row["reply"], "B": "<think>x</think>so"}}
        for row in map(json.loads, lines)
    }
    Path("cpg[v1].json").write_text(json.dumps(both))
    assert cli.main(["diagnose", "--replies", "cpg[v1].json"]) == 0
    out = capsys.readouterr().out
    assert "R-EMI of cpg-v1-A" in out and "R-EMI of cpg-v1-B" in out
    assert "cpg-v1-B: thoughts cut from 18 of 18 replies" in out
    assert sorted(path.name for path in Path("studies/diagnose").iterdir()) == [
        "cpg-v1-A",
        "cpg-v1-B",
    ]


def test_without_estimators_it_says_how_to_get_them(project: Layout, capsys: Any) -> None:
    file = replies(Path("mine.jsonl"), dict.fromkeys(TWO, 9))
    shutil.rmtree(project.estimators)
    assert cli.main(["diagnose", "--replies", file]) == 2
    assert (
        "there is no such estimator; run `dvc repro coevolve` once, or" in capsys.readouterr().err
    )
    assert cli.main(["diagnose"]) == 2
    assert "--replies" in capsys.readouterr().err
