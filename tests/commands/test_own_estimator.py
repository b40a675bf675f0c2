"""`remid diagnose` with a base, a chain of adapters and prompts of a user's own, end to end."""

import json
from pathlib import Path
from typing import Any

import pytest
import small_qwen3
import yaml

from remid import cli, params
from remid.domain.shift import ID_TEST
from remid.store.fingerprints import weights_fingerprint
from remid.store.layout import Layout
from remid.store.project import Project

TWO = (ID_TEST, "user/german")
PROMPT = (
    "User: {{ persona }}\nCharacter: {{ character }}\n"
    "{% for turn in turns %}{{ turn.role }}: {{ turn.text }}\n{% endfor %}"
)


@pytest.fixture
def own(project: Layout) -> Path:
    """Declare an estimator in the project of the current folder, and ask for both ways of scoring."""
    folder = Path("own")
    base = small_qwen3.build_base(folder / "base")
    for seed, name in enumerate(("cold", "top"), start=2):
        small_qwen3.build_adapter(base, folder / name, seed=seed)
    (folder / "prompts").mkdir()
    (folder / "prompts/reasoner.user.jinja").write_text(PROMPT)
    (folder / "prompts/responder.user.jinja").write_text(PROMPT + "Notes: {{ trace }}\n")
    (folder / "prompts/reply.jinja").write_text("## Reply\n{{ reply }}")
    declared = {
        "base": "base",
        "reasoner": ["cold"],
        "responder": ["cold", "top"],
        "templates": "prompts",
    }
    (folder / "estimator.yaml").write_text(yaml.safe_dump(declared))
    raw = yaml.safe_load(Path("params.yaml").read_text())
    raw["evaluate"] |= {"estimator": "own", "as_published": True}
    Path("params.yaml").write_text(yaml.safe_dump(raw))
    return folder


def replies() -> str:
    rows = [
        {"id": f"{split.replace('/', '-')}-{k:02}", "reply": f"well, {split} {'so ' * k}{k}"}
        for split in TWO
        for k in range(9)
    ]
    Path("mine.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return "mine.jsonl"


def test_everything_is_told_of_what_was_loaded(own: Path, capsys: Any) -> None:
    assert cli.main(["diagnose", "--replies", replies()]) == 0
    assert "As the paper's authors score" in capsys.readouterr().out
    scores = Path("studies/diagnose/mine/scores")
    meta = json.loads((scores / "meta.json").read_text())
    assert meta["loaded"]["base"] == f"own/base ({weights_fingerprint(own / 'base')})"
    assert meta["loaded"]["responder 2"] == f"own/top ({weights_fingerprint(own / 'top')})"
    assert list(meta["loaded"])[-1] == "templates"
    table = json.loads((scores / "table.json").read_text())
    assert table["loaded"] == meta["loaded"]
    assert [(row["split"], row["pairs"]) for row in table["published"]] == [
        (split, 72) for split in TWO
    ]
    assert [row["emi"] for row in table["published"]][0] != 0
    page = next(Path("studies/diagnose/mine").rglob("*.html")).read_text()
    assert meta["loaded"]["responder 2"] in page
    traces = [json.loads(line) for line in (scores / "traces.jsonl").read_text().splitlines()]
    assert len(traces) == 18


def test_a_template_that_lacks_what_it_needs_ends_the_command(own: Path, capsys: Any) -> None:
    (own / "prompts/responder.user.jinja").write_text(PROMPT)
    assert cli.main(["diagnose", "--replies", replies()]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "own/prompts/responder.user.jinja: lacks {{ trace }}" in told
    assert not Path("studies").exists()


def test_a_hub_without_a_commit_ends_the_command(project: Layout, capsys: Any) -> None:
    raw = yaml.safe_load(Path("params.yaml").read_text())
    raw["evaluate"]["estimator"] = "hub:owner/name@main"
    Path("params.yaml").write_text(yaml.safe_dump(raw))
    assert cli.main(["diagnose", "--replies", replies()]) == 2
    assert "hub:owner/name@main: no commit of the hub is named there" in capsys.readouterr().err


def test_the_projects_estimators_are_told_with_their_hashes(project: Layout) -> None:
    from remid.coevolve import estimators

    own = Project(params.load(), project)
    base = weights_fingerprint(project.base)
    assert estimators.loaded(own)["base"] == f"{own.params.fetch.base} ({base})"
    assert list(estimators.loaded(own)) == ["base", "reasoner", "responder"]
