"""The stage `coevolve`: what a finished run leaves."""

import json
from pathlib import Path

import pandas as pd
import pytest
import tiny_project

from remid.coevolve.run import work_folder
from remid.pipeline import coevolve
from remid.store.layout import Layout
from remid.store.project import Project


@pytest.fixture
def finished(tmp_path: Path) -> Project:
    """A run of two rounds whose phases are all marked as done; its second round is the best."""
    layout: Layout = tiny_project.build(tmp_path)
    project = Project(tiny_project.params(), layout)
    work = work_folder(project)
    names = ["cold_reasoner", "cold_responder"]
    names += [f"{kind}_{k}" for k in (1, 2) for kind in ("reasoner", "refresh", "responder")]
    for name in names:
        estimator = "reasoner" if "reasoner" in name else "responder"
        (work / name / estimator).mkdir(parents=True)
        (work / name / estimator / "adapter_config.json").write_text(json.dumps({"of": name}))
        (work / name / "steps.jsonl").write_text('{"step": 1, "loss": 1.0, "reward": 0.5}\n')
    for k, perplexity in enumerate((9.0, 12.0, 10.0)):
        (work / f"held_out_{k}").mkdir()
        figures = {"perplexity": perplexity, "well_formed": k / 2}
        (work / f"held_out_{k}" / "done.json").write_text(json.dumps(figures))
    return project


def test_the_best_round_with_rl_is_exported_and_all_are_shown(finished: Project) -> None:
    figures = coevolve.finish(finished)
    assert figures == {
        "round": 2.0,
        "perplexity.held_out.round_0": 9.0,
        "well_formed.round_0": 0.0,
        "perplexity.held_out.round_1": 12.0,
        "well_formed.round_1": 0.5,
        "perplexity.held_out.round_2": 10.0,
        "well_formed.round_2": 1.0,
    }
    layout = finished.layout
    assert json.loads((layout.metrics / "coevolve.json").read_text()) == figures
    origins = {
        folder.name: json.loads((folder / "adapter_config.json").read_text())["of"]
        for folder in layout.estimators.iterdir()
    }
    assert origins == {
        "reasoner": "reasoner_2",
        "responder": "responder_2",
        "cold_reasoner": "cold_reasoner",
        "cold_responder": "cold_responder",
    }
    assert pd.read_csv(layout.plots / "coevolve.csv")["step"].tolist() == list(range(1, 9))
