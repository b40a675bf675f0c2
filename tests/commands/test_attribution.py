"""`remid diagnose --attribution` on a file of replies, with untrained estimators."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from remid import cli
from remid.domain.shift import ID_TEST
from remid.evaluation import scored
from remid.store.layout import Layout

SPLITS = (ID_TEST, "user/german")
FOLDER = Path("studies/diagnose/mine/scores")


def diagnose(*more: str) -> int:
    rows = [
        {"id": f"{split.replace('/', '-')}-{k:02}", "reply": f"well, {split} {k}" + " so" * (k % 3)}
        for split in SPLITS
        for k in range(9)
    ]
    Path("mine.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return cli.main(["diagnose", "--replies", "mine.jsonl", *more])


def test_factors_add_up_to_the_table_and_dialogues_to_the_figures(
    project: Layout, capsys: Any
) -> None:
    assert diagnose("--attribution") == 0
    out = capsys.readouterr().out
    assert "R-EMID by factor" in out and "Would the replies fit another as well?" in out
    table = json.loads((FOLDER / "table.json").read_text())
    found = json.loads((FOLDER / "attribution/attribution.json").read_text())
    unit = "nats_per_token"
    (emid,) = [r["emid"]["value"] for r in table["emid"] if r["unit"] == unit]
    emi = {r["split"]: r["emi"]["value"] for r in table["emi"] if r["unit"] == unit}
    own = [r for r in found["shares"] if r["unit"] == unit and r["model"] == "mine"]
    figures = {(r["figure"], r["split"]): r for r in own}
    for (figure, split), row in figures.items():
        total = sum(factor["value"] for factor in row["factors"].values())
        assert total == pytest.approx(row["total"]["value"], abs=1e-9)
        wanted = {"emid": emid, "emi": emi[split]}.get(figure)
        if wanted is not None:
            assert total + row["others"]["value"] == pytest.approx(wanted, abs=1e-9)
    assert {key for key in figures if key[0] == "emid"} == {("emid", "user/german")}

    frame = pq.read_table(FOLDER / "attribution/dialogues.parquet").to_pandas()
    frame = frame[frame["unit"] == unit]
    shifted = frame[frame["split"] == "user/german"]
    assert shifted["emid"].sum() == pytest.approx(emid, abs=1e-9)
    for split, value in emi.items():
        assert frame[frame["split"] == split]["emi"].sum() == pytest.approx(value, abs=1e-9)
    for row in frame.itertuples():
        assert sum(row.reply_tokens) - sum(row.reference_tokens) == pytest.approx(
            row.term, abs=1e-9
        )


def test_a_swapped_context_is_the_dialogues_own_where_all_its_factors_are(
    project: Layout, capsys: Any
) -> None:
    """Scores with every factor the reply's own, or none, are those of the evaluation's pairs."""
    assert diagnose("--attribution") == 0
    swaps = pq.read_table(FOLDER / "attribution/swaps/id_test.parquet").to_pandas()
    own = scored.read(FOLDER / "pairs/id_test.parquet")
    scores = own.scores("mine", "nats_per_reply")
    positive = dict(zip(own.ids, scores.positive, strict=True))
    negative = {
        (own.ids[i], own.ids[j]): value
        for (i, j), value in zip(scores.pairs.tolist(), scores.negative, strict=True)
    }
    mine = swaps[swaps["source"] == "mine"]
    seen = 0
    for row in mine.itertuples():
        if row.user == row.character == row.dialogue:
            if row.user == row.reply:
                assert row.log_probability == pytest.approx(positive[row.reply], abs=1e-3)
            elif (row.user, row.reply) in negative:
                wanted = negative[row.user, row.reply]
                assert row.log_probability == pytest.approx(wanted, abs=1e-3)
                seen += 1
    assert seen >= 4
    # Nine dialogues make four pairs and one that takes a partner that is taken: ten replies.
    assert len(mine) == 8 * 10
    assert np.isfinite(mine["log_probability"]).all()


def test_every_part_is_counted_and_the_markdown_has_the_tables(
    project: Layout, capsys: Any
) -> None:
    assert diagnose("--attribution", "2") == 0
    found = json.loads((FOLDER / "attribution/attribution.json").read_text())
    counts = found["counts"]["id_test"]
    # Untrained, with 4 tokens a trace: none is well formed; 9 dialogues, two rounds of ten.
    assert counts == {"pairs": 20, "alone": 0, "traces": 60, "formed": counts["formed"]}
    page = (FOLDER / "attribution/attribution.md").read_text()
    assert page.count("## ") == 6 and "| user/german | mine | 9 |" in page


def test_how_many_partners_is_checked(project: Layout, capsys: Any) -> None:
    assert diagnose("--attribution", "-1") == 2
    assert "--attribution -1: expected how many" in capsys.readouterr().err
