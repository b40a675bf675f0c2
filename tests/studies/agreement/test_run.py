"""`remid agreement` on a small project, with untrained estimators."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from remid import cli
from remid.store.layout import Layout

CONTEXTS, SYSTEMS = 6, ("A", "B", "echo")


def context(k: int) -> list[dict[str, str]]:
    return [
        {"role": "user", "content": f"hello number {k}, tell me of the sea at winter"},
        {"role": "assistant", "content": f"the sea of {k} is old"},
        {"role": "user", "content": f"and what of the {k} stars over the old house, my friend?"},
    ]


def reply(system: str, k: int) -> str:
    if system == "echo":
        return context(k)[-1]["content"]
    return f"{system} says the star {k} " + "and so on " * (k % 3 + (system == "B"))


def rows(**more: Any) -> list[dict[str, Any]]:
    """Rated by how long the reply is, so that this correlation is known: it is 1."""
    return [
        {
            "id": f"c{k}",
            "persona": f"Nora {k}",
            "character": f"keeper {k}",
            "context": context(k),
            "system": system,
            "reply": reply(system, k),
            "rating": len(reply(system, k)) + bias,
            "rater": rater,
            **more,
        }
        for k in range(CONTEXTS)
        for system in SYSTEMS
        for rater, bias in (("x", 0), ("y", 1))
    ]


def written(name: str, content: list[dict[str, Any]]) -> str:
    Path(name).write_text("\n".join(map(json.dumps, content)))
    return name


def told(name: str = "rated") -> dict[str, Any]:
    return json.loads(Path(f"studies/agreement/{name}/agreement.json").read_text())


def replies(name: str = "rated") -> list[dict[str, Any]]:
    text = Path(f"studies/agreement/{name}/replies.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.slow
def test_inline_contexts_without_references(project: Layout, capsys: Any) -> None:
    assert cli.main(["agreement", "--ratings", written("rated.jsonl", rows())]) == 0
    out = capsys.readouterr().out
    assert "6 contexts have no reference" in out and "not whether it is a good performance" in out
    assert "18 replies of 3 systems to 6 contexts" in out
    found = {row["measure"]: row for row in told()["agreement"]["rows"]}
    kept = replies()
    # Every figure follows from the replies that are kept.
    rating = [np.mean([*row["ratings"]["rating"].values()]) for row in kept]
    for measure in ("information per token", "log-perplexity", "length", "order of words"):
        values = [row["measures"][measure] for row in kept]
        own = found[measure]["per_reply"]["spearman"]
        assert own["value"] == pytest.approx(stats.spearmanr(values, rating).statistic)
        assert own["low"] <= own["value"] <= own["high"] and own["n"] == 18
    assert found["R-EMI per token"]["per_reply"] is None
    assert "k >= 5" in found["R-EMI per token"]["undefined"]["reply"]
    # The two raters differ by a constant.
    [ceiling] = told()["agreement"]["ceilings"]
    assert ceiling["per_reply"]["mean"]["spearman"]["value"] == pytest.approx(1)
    for row in kept:
        own = row["measures"]
        for unit in ("token", "reply"):
            parts = own[f"information per {unit}, copied"] + own[f"information per {unit}, novel"]
            assert parts == pytest.approx(own[f"information per {unit}"], abs=1e-9)
        assert own["information per reply"] == pytest.approx(
            own["information per token"] * own["length"]
        )
        assert (own["echo"] > 0.999) == (row["system"] == "echo")
        assert (own["tokens copied"] > 0.9) == (row["system"] == "echo")
    page = Path("studies/agreement/rated/agreement.html").read_text()
    assert "<svg" in page and "not whether it is a good performance" in page
    assert "| length | 18 |" in Path("studies/agreement/rated/agreement.md").read_text()


@pytest.mark.slow
def test_references_give_r_emi_and_zero_for_themselves(project: Layout, capsys: Any) -> None:
    content = rows()
    for row in content:
        row["reference"] = reply("A", int(row["id"][1:]))
    assert cli.main(["agreement", "--ratings", written("r.jsonl", content), "--name", "two"]) == 0
    own = {(row["context"], row["system"]): row["measures"] for row in replies("two")}
    for (key, system), measures in own.items():
        expected = measures["information per token"] - own[key, "A"]["information per token"]
        assert measures["R-EMI per token"] == pytest.approx(expected, abs=1e-9)
        assert system != "A" or measures["R-EMI per token"] == 0
    found = {row["measure"]: row for row in told("two")["agreement"]["rows"]}
    systems = found["R-EMI per token"]["per_system"]["kendall"]
    assert systems["n"] == 3 and -1 <= systems["low"] <= systems["high"] <= 1


def test_dialogues_of_the_project_and_replies_of_another_file(project: Layout, capsys: Any) -> None:
    from remid import params
    from remid.store.project import Project
    from remid.studies.agreement.run import Asked, run

    ids = [f"id_test-{k:02}" for k in range(8)]
    given = [
        {"id": key, "model": system, "response": f"{system} and {key} " * (k % 3 + 1)}
        for k, key in enumerate(ids)
        for system in ("A", "B")
    ]
    written("replies.jsonl", given)
    table = ["context,system,r1,r2"]
    table += [f"{key},{s},{k % 5 + 1},{(k + 1) % 5 + 1}" for k, key in enumerate(ids) for s in "AB"]
    Path("ratings.csv").write_text("\n".join(table))
    project_ = Project(params.load(), project)
    content: Any = run(project_, Asked(Path("ratings.csv"), Path("replies.jsonl"))).content
    found = content["agreement"]
    row = found.row("rating", "R-EMI per token")
    assert row.replies == 16 and row.per_reply is not None
    assert row.per_system is None and "2 systems" in row.undefined["system"]
    assert found.ceilings[0].raters == 2
    assert {r["context"] for r in replies("ratings")} == set(ids)


def test_what_is_no_ratings_file_is_one_sentence(project: Layout, capsys: Any) -> None:
    content = [{key: value for key, value in row.items() if key != "rating"} for row in rows()]
    assert cli.main(["agreement", "--ratings", written("none.jsonl", content)]) == 2
    error = capsys.readouterr().err
    assert "36 of 36 rows give no rated reply; 36 rows: no rating that is a number" in error
    assert "--rating-field" in error and "Traceback" not in error
