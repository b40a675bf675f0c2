"""No text of a test split, and none of the held-out part, reaches a trainer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny_project
from declared import TEST_SPLITS
from safetensors.torch import load_file, save_file

from remid.coevolve import phases
from remid.coevolve.run import setting
from remid.corpus import jsonl
from remid.domain.shift import ID_TRAIN
from remid.lm.model import load_chat
from remid.pipeline import coevolve
from remid.store.layout import Layout
from remid.store.project import Project
from remid.training.adapters import load_adapted, save_adapter
from remid.training.job import Job, read_examples


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Layout, list[Job]]:
    """A whole run whose trainings leave their adapters as they were; and its jobs."""
    jobs: list[Job] = []

    def launch(job: Job, module: str, *, log: object) -> None:
        jobs.append(job)
        save_adapter(load_adapted(job), job.train, Path(job.output))
        weights = Path(job.output) / job.train / "adapter_model.safetensors"
        moved = {name: weight + 0.01 for name, weight in load_file(weights).items()}
        save_file(moved, weights, metadata={"format": "pt"})

    layout = tiny_project.build(tmp_path_factory.mktemp("run"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phases.launch, "launch", launch)
        coevolve.run(Project(tiny_project.params(), layout), log=print)
    return layout, jobs


def texts(layout: Layout, jobs: list[Job]) -> Iterator[str]:
    """Everything that a trainer is given: the jobs, their examples as text, their reward's files."""
    chat = load_chat(layout.base)
    for job in jobs:
        yield (Path(job.output) / "examples.jsonl").read_text(encoding="utf-8")
        yield repr(job.reward)
        for example in read_examples(Path(job.examples)):
            for ids in (example.prompt, example.completion, example.rejected):
                yield chat.tokenizer.decode(ids)
        for file in (job.reward.dialogues, job.reward.traces) if job.reward else ():
            if file:
                yield Path(file).read_text(encoding="utf-8")


def test_only_training_dialogues_reach_a_trainer(run: tuple[Layout, list[Job]]) -> None:
    layout, jobs = run
    assert [Path(job.output).name for job in jobs] == [
        "cold_reasoner",
        "cold_responder",
        "reasoner_1",
        "refresh_1",
        "responder_1",
    ]
    own = setting(Project(tiny_project.params(), layout), log=print)
    seen = "\n".join(texts(layout, jobs))
    assert sum(d.id in seen for d in own.train) >= 6  # the search finds what is there
    assert [d.id for d in own.held_out if d.id in seen] == []
    for split in TEST_SPLITS:
        assert [d.id for d in jsonl.read(layout.split(split)) if d.id in seen] == [], split


def test_no_file_of_the_run_holds_a_test_split(run: tuple[Layout, list[Job]]) -> None:
    layout, _ = run
    marks = [d.id.encode() for split in TEST_SPLITS for d in jsonl.read(layout.split(split))]
    marks += [d.persona.encode() for split in TEST_SPLITS for d in jsonl.read(layout.split(split))]
    files = [file for file in layout.cache.rglob("*") if file.is_file()]
    assert any(b"id_train-" in file.read_bytes() for file in files)
    for file in files:
        content = file.read_bytes()
        assert not [mark for mark in marks if mark in content], file


def test_ids_of_examples_are_those_of_id_train(run: tuple[Layout, list[Job]]) -> None:
    layout, jobs = run
    allowed = {d.id for d in jsonl.read(layout.split(ID_TRAIN))}
    for job in jobs:
        assert {example.id for example in read_examples(Path(job.examples))} <= allowed
