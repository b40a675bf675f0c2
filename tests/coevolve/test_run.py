"""The curve of a run, its sample of traces, and what names its folder."""

import json
from pathlib import Path

import pytest
import tiny_project

from remid.coevolve import run
from remid.store.layout import Layout
from remid.store.project import Project


def phase(folder: Path, name: str, *rows: dict) -> None:
    (folder / name).mkdir(parents=True)
    lines = (json.dumps(row) for row in rows)
    (folder / name / "steps.jsonl").write_text("\n".join(lines) + "\n")


def test_steps_are_numbered_through_in_the_order_of_the_phases(tmp_path: Path) -> None:
    phase(tmp_path, "responder_1", {"step": 1, "loss": 5.0, "reward": 0.5, "kl": 0.1})
    phase(tmp_path, "reasoner_2", {"step": 1, "loss": 6.0, "rewards/likelihood/mean": 0.2})
    phase(tmp_path, "refresh_1", {"step": 1, "loss": 4.0})
    phase(tmp_path, "reasoner_1", {"step": 1, "loss": 3.0, "generation_tokens": 7.0})
    phase(tmp_path, "cold_responder", {"step": 1, "loss": 2.0})
    phase(tmp_path, "cold_reasoner", {"step": 1, "loss": 0.0}, {"step": 2, "loss": 1.0})
    curve = run.curve(tmp_path)
    assert curve["step"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert curve["loss"].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert curve["phase"].tolist()[2:] == [
        "cold_responder",
        "reasoner_1",
        "refresh_1",
        "responder_1",
        "reasoner_2",
    ]
    assert curve["reward"].tolist()[5] == 0.5 and curve["kl"].tolist()[5] == 0.1
    assert curve["rewards/likelihood/mean"].tolist()[6] == 0.2
    assert curve["generation_tokens"].tolist()[3] == 7.0


def test_the_first_traces_after_each_round(tmp_path: Path) -> None:
    for k in (0, 1):
        (tmp_path / f"held_out_{k}").mkdir()
        rows = (json.dumps({"id": f"d{j}", "trace": f"t{k}{j}"}) for j in range(3))
        (tmp_path / f"held_out_{k}" / "traces.jsonl").write_text("\n".join(rows) + "\n")
    found = run.sample_traces(tmp_path, each=2)
    assert [(row["phase"], row["trace"]) for row in found] == [
        ("held_out_0", "t00"),
        ("held_out_0", "t01"),
        ("held_out_1", "t10"),
        ("held_out_1", "t11"),
    ]


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return tiny_project.build(tmp_path_factory.mktemp("run"))


@pytest.mark.parametrize(
    ("over", "same"),
    [
        ({"seed": 99}, False),
        ({"coevolve": {"patience": 9}}, False),
        ({"train": {"lora": {"rank": 3}}}, False),
        ({"report": {"precision": 5}}, True),
        ({"train": {"epochs": 9}}, True),
    ],
)
def test_the_folder_is_named_by_what_changes_the_result(
    over: dict, same: bool, layout: Layout
) -> None:
    plain = run.work_folder(Project(tiny_project.params(), layout))
    changed = run.work_folder(Project(tiny_project.params(**over), layout))
    assert (changed == plain) is same


def test_held_out_dialogues_are_not_trained_on(layout: Layout) -> None:
    setting = run.setting(Project(tiny_project.params(), layout), log=print)
    train, held = {d.id for d in setting.train}, {d.id for d in setting.held_out}
    assert (len(train), len(held), len(train | held)) == (9, 3, 12)
