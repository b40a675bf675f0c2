"""`remid judge`: verdicts kept in files, resumed, and correlated."""

import json
from pathlib import Path
from typing import Any

import pytest
from declared import TEST_SPLITS
from served import completion, serving

from remid import cli
from remid.evaluation.table import Table
from remid.store.layout import Layout
from remid.studies.judge import run

SPLITS = len(TEST_SPLITS)
RUBRICS = 3
RATINGS, COMPARISONS = SPLITS * 8 * RUBRICS, SPLITS * 8 * 2
"""Questions about one model with eight dialogues a split."""


def judging(request: dict[str, Any]) -> Any:
    """Rate by the length of what is asked about; prefer reply A, whichever that is."""
    text = request["messages"][-1]["content"]
    if "Reply A:" in text:
        return completion("A")
    return completion(str(1 + len(text) % 5))


@pytest.fixture
def replied(project: Layout) -> Layout:
    """Replies of one model of a user's own, and none of the pipeline's."""
    rows = [
        {"id": f"{split.replace('/', '-')}-{k:02}", "reply": f"well {split}" + "!" * (k % 4)}
        for split in TEST_SPLITS
        for k in range(9)
    ]
    Path("r.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert cli.main(["reply", "mine", "--file", "r.jsonl"]) == 0
    # The folder takes the place of a trained model's, which the train stage would have made.
    project.replies("mine").rename(project.replies("base"))
    return project


@pytest.fixture
def unscored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave R-EMI out: without it there is nothing to correlate, and the verdicts stay."""
    monkeypatch.setattr(run, "_tables", lambda *_: (Table(), Table()))


def lines(folder: str) -> list[dict[str, Any]]:
    files = sorted(Path(folder).rglob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@pytest.mark.slow
def test_a_served_judge_rates_and_compares_every_reply_once(replied: Layout, capsys: Any) -> None:
    with serving(judging) as server:
        command = ["judge", "--endpoint", server.url, "--served", "org/judge"]
        assert cli.main(command) == 0
        assert len(server.asked) == RATINGS + COMPARISONS
        out = capsys.readouterr().out
        server.asked.clear()
        assert cli.main(command) == 0
        assert server.asked == []  # everything was kept
    assert "R-EMI less EMI without reasoning" in out and "loss of rating" in out
    ratings = lines("studies/judge/org-judge/ratings/base")
    assert len(ratings) == RATINGS
    assert all(row["rating"] == float(row["raw"]) for row in ratings)
    compared = lines("studies/judge/org-judge/preferences/base-reference")
    # It likes whatever it reads first: in both orders that is a draw.
    assert len(compared) == SPLITS * 8 and {row["first"] for row in compared} == {0.5}
    told = json.loads(Path("studies/judge/org-judge/agreement.json").read_text())
    german = next(v for v in told["verdicts"] if v["split"] == "user/german")
    own = [
        row["rating"]
        for row in lines("studies/judge/org-judge/ratings/base/user")
        if "german" in row["id"]
    ]
    assert german["rating"] == pytest.approx(sum(own) / len(own)) and len(own) == 8 * RUBRICS
    rows = {(row["metric"], row["judge"]): row for row in told["agreement"]}
    for metric, pairs in (("R-EMI", SPLITS), ("EMI without reasoning", SPLITS)):
        found = rows[metric, "rating"]
        assert found["pairs"] == pairs
        assert -1 <= found["found"]["kendall"]["low"] <= found["found"]["kendall"]["high"] <= 1
    # A judge that never prefers anything has no correlation, and says why.
    assert "a constant score" in rows["R-EMI", "preferred"]["undefined"]
    assert rows["R-EMID", "loss of rating"]["pairs"] == SPLITS - 1


def test_what_was_judged_before_a_cut_is_not_asked_again(
    replied: Layout, unscored: None, capsys: Any
) -> None:
    count = 0

    def stops(request: dict[str, Any]) -> Any:
        nonlocal count
        count += 1
        return judging(request) if count <= 40 else (401, {"error": {"message": "expired"}}, {})

    with serving(stops) as server:
        command = ["judge", "--endpoint", server.url, "--served", "m"]
        assert cli.main(command) == 2
        error = capsys.readouterr().err
        assert "the key was refused" in error and "Traceback" not in error
        server.answer = judging
        server.asked.clear()
        assert cli.main(command) == 0
        # 8 are asked at once: those on their way when one is refused are asked again.
        assert len(server.asked) <= RATINGS + COMPARISONS - 40 + 7


def test_the_base_model_judges_where_no_other_is_named(replied: Layout, unscored: None) -> None:
    assert cli.main(["judge"]) == 0
    ratings = lines("studies/judge/base/ratings/base")
    assert len(ratings) == RATINGS
    for row in ratings[:9]:
        shares = dict(part.split(": ") for part in row["raw"].split(", "))
        expected = sum(int(rating) * float(share) for rating, share in shares.items())
        assert row["rating"] == pytest.approx(expected, abs=1e-3) and 1 < row["rating"] < 5
    assert all(len(row["raw"]) == 2 for row in lines("studies/judge/base/preferences"))


def test_two_judges_are_one_sentence(replied: Layout, capsys: Any) -> None:
    assert cli.main(["judge", "--model", "x", "--endpoint", "http://127.0.0.1:9/v1"]) == 2
    assert "name two models" in capsys.readouterr().err
