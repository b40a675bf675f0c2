"""The release's training: CoRL with its own parameters, adapters in half the bytes."""

import json
from pathlib import Path

import pytest
import tiny_project
from safetensors.torch import load_file

from remid.coevolve import rounds
from remid.pipeline.release import train
from remid.store.layout import Layout
from remid.store.project import Project


@pytest.fixture
def finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A project whose phases are stood in for by their results: random adapters."""
    import torch
    from safetensors.torch import save_file

    layout, work = tiny_project.build(tmp_path), tmp_path / "work"
    for folder, name in (("cold_reasoner", "reasoner"), ("cold_responder", "responder")):
        (work / folder / name).mkdir(parents=True)
        weights = {"a": torch.full((2, 2), 1 + 2**-12)}
        save_file(weights, work / folder / name / "adapter_model.safetensors")
    (work / "held_out_0").mkdir()
    (work / "held_out_0/done.json").write_text(json.dumps({"perplexity": 7.5, "well_formed": 1.0}))
    (work / "cold_reasoner/steps.jsonl").write_text(json.dumps({"loss": 3.0}) + "\n")
    monkeypatch.setattr(train, "phases", lambda project, log: iter(()))
    monkeypatch.setattr(train, "work_folder", lambda project: seen.append(project) or work)
    seen: list[Project] = []
    train.run(Project(tiny_project.params(release={"demo_dialogues": 9}), layout))
    assert seen[0].params.coevolve == seen[0].params.release.coevolve
    return layout


def test_what_is_released_is_rounded_to_bfloat16(finished: Layout) -> None:
    for name in ("reasoner", "responder", *(f"cold_{r}" for r in ("reasoner", "responder"))):
        weights = load_file(finished.release / "estimators" / name / "adapter_model.safetensors")
        # 1 + 2^-12 has more bits than the 8 of bfloat16: it is rounded to 1.
        assert weights["a"].tolist() == [[1, 1], [1, 1]] and weights["a"].element_size() == 2


def test_its_figures_are_those_of_its_rounds(finished: Layout) -> None:
    assert json.loads((finished.release / "figures.json").read_text()) == {
        "round": 0.0,
        "perplexity.held_out.round_0": 7.5,
        "well_formed.round_0": 1.0,
    }
    assert rounds.COLD == "cold"
    assert (
        (finished.release / "curve.csv")
        .read_text()
        .splitlines()[1]
        .startswith("1,cold_reasoner,3.0")
    )
