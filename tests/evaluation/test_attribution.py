"""An attribution refuses what cannot be swapped, and leaves no result behind."""

import json
from pathlib import Path
from typing import Any

import pytest

from remid import cli
from remid.corpus import jsonl
from remid.domain.shift import ID_TEST
from remid.store.layout import Layout


def test_a_split_of_one_persona_and_character_has_nothing_to_swap(
    project: Layout, capsys: Any
) -> None:
    """The evaluation refuses it too, for want of negatives; the attribution's own sentence is
    checked where it is raised."""
    import numpy as np

    from remid import params
    from remid.domain.errors import RemidError
    from remid.evaluation import attribution
    from remid.evaluation.dialogues import Evaluated
    from remid.store.project import Project

    members = [Evaluated(d, {}) for d in jsonl.read(project.split(ID_TEST))]
    names = {one.dialogue.id: "one" for one in members}
    own = Project(params.load(), project)
    with pytest.raises(RemidError, match="no factor can be swapped; add dialogues of others"):
        attribution._pairs(own, members, names, 1)
    apart = {one.dialogue.id: one.dialogue.id for one in members}
    pairs = attribution._pairs(own, members, apart, 1)
    assert np.array_equal(np.unique(pairs[:, 1]), np.arange(len(members)))


def test_twins_in_two_splits_get_the_same_partners(project: Layout) -> None:
    from dataclasses import replace

    from remid import params
    from remid.evaluation import attribution
    from remid.evaluation.dialogues import Evaluated
    from remid.store.project import Project

    dialogues = list(jsonl.read(project.split(ID_TEST)))
    twins = [replace(d, id=f"twin {d.id}", tags={"twin": d.id}) for d in dialogues[::-1]]
    names = {d.id: d.root for d in (*dialogues, *twins)}
    own = Project(params.load(), project)

    def partners(members) -> set[tuple[str, str]]:
        pairs = attribution._pairs(own, [Evaluated(d, {}) for d in members], names, 1)
        return {(members[i].root, members[j].root) for i, j in pairs.tolist()}

    assert partners(dialogues) == partners(twins)


def test_without_traces_none_is_written(project: Layout, capsys: Any) -> None:
    import yaml

    raw = yaml.safe_load(Path("params.yaml").read_text())
    raw["evaluate"]["traces"] = False
    Path("params.yaml").write_text(yaml.safe_dump(raw))
    rows = [
        {"id": f"{split.replace('/', '-')}-{k:02}", "reply": f"well, {split} {k}"}
        for split in (ID_TEST, "user/german")
        for k in range(9)
    ]
    Path("mine.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert cli.main(["diagnose", "--replies", "mine.jsonl", "--attribution"]) == 0
    scores = Path("studies/diagnose/mine/scores")
    found = json.loads((scores / "attribution/attribution.json").read_text())
    assert found["counts"]["id_test"] == {"pairs": 10, "alone": 0, "traces": 0, "formed": 0}
