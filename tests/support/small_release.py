"""A released folder of the built project: what `make release` makes, from untrained adapters."""

import json
import shutil
from pathlib import Path

import pytest
import tiny_project
from built_project import SMALL

from remid.coevolve import released
from remid.domain.shift import ID_TEST
from remid.params import Params
from remid.pipeline.release import keep, publish
from remid.store.layout import Layout
from remid.store.project import Project

SHIFT = "user/german"


def settings(params: Params) -> Params:
    """The project's parameters with a demo of two splits."""
    small = params.release.model_copy(update={"demo_shifts": (SHIFT,), "demo_dialogues": 8})
    return params.model_copy(update={"release": small})


def prepare(layout: Layout) -> None:
    """Put what the training of the release would have made, and a model's replies."""
    for name in ("reasoner", "responder"):
        source = layout.estimators / name
        shutil.copytree(source, layout.release / "estimators" / name)
        shutil.copytree(source, layout.release / "estimators" / f"cold_{name}")
    (layout.release / "figures.json").write_text(json.dumps({"round": 0.0}))
    (layout.release / released.CURVE).write_text("step,phase,loss,reward\n1,cold_reasoner,2.5,\n")
    for split in (ID_TEST, SHIFT):
        name = split.replace("/", "-")
        rows = [{"id": f"{name}-{k:02}", "reply": f"well, {k}"} for k in range(9)]
        file = layout.replies("sft") / f"{split}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture(scope="session")
def released_project(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("released") / "project"
    shutil.copytree(built, root)
    layout = Layout(root)
    prepare(layout)
    project = Project(settings(tiny_project.params(**SMALL)), layout)
    keep.run(project)
    publish.run(project, demo="sft")
    return root


@pytest.fixture
def made(released_project: Path, tmp_path: Path) -> Layout:
    """A copy of the project after its release."""
    shutil.copytree(released_project, tmp_path / "made")
    return Layout(tmp_path / "made")


@pytest.fixture
def given(made: Layout) -> Layout:
    """The same, as one finds it who pulls: without what its making left behind."""
    for folder in (made.release, made.cache, made.studies):
        shutil.rmtree(folder, ignore_errors=True)
    return made
