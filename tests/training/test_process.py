"""Batches and checkpoints of the training process."""

from pathlib import Path

import pytest
import torch

from remid.domain.errors import RemidError
from remid.training.job import (
    Engine,
    Example,
    Job,
    LoraShape,
    read_examples,
    require_examples,
    write_examples,
)
from remid.training.process import Progress, collate, last_checkpoint


def job(ranks: int) -> Job:
    return Job(
        name="cold start", kind="sft", base="b", train="reasoner", adapters={"reasoner": None},
        examples="e", output="o", seed=1, engine=Engine(ranks=ranks, stage=2),
        lora=LoraShape(4, 8, 0.0), learning_rate=1e-4, batch=2,
    )  # fmt: skip


def test_completions_end_in_the_last_column() -> None:
    rows = [
        {"input_ids": [5, 6, 7], "labels": [-100, 6, 7]},
        {"input_ids": [8, 9], "labels": [-100, 9]},
    ]
    batch = collate(rows, pad=0)
    assert batch["input_ids"].tolist() == [[5, 6, 7], [0, 8, 9]]
    assert batch["labels"].tolist() == [[-100, 6, 7], [-100, -100, 9]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [0, 1, 1]]
    assert batch["position_ids"].tolist() == [[0, 1, 2], [0, 0, 1]]
    assert batch["input_ids"].dtype == torch.int64


def test_examples_survive_the_file(tmp_path: Path) -> None:
    examples = [Example("a", (1, 2), (3,)), Example("b", (4,), (5, 6), (7,))]
    write_examples(tmp_path / "e.jsonl", examples)
    assert read_examples(tmp_path / "e.jsonl") == examples


def test_more_ranks_than_samples_are_refused() -> None:
    with pytest.raises(RemidError, match="4 ranks but 3 training dialogues"):
        require_examples(job(ranks=4), 3)
    with pytest.raises(RemidError, match="cold start: no training dialogue"):
        require_examples(job(ranks=1), 0)


def test_a_half_written_checkpoint_is_not_resumed_from(tmp_path: Path) -> None:
    for step in (4, 8, 12):
        (tmp_path / f"checkpoint-{step}").mkdir()
    for step in (4, 8):
        (tmp_path / f"checkpoint-{step}" / Progress.WHOLE).touch()
    assert last_checkpoint(tmp_path) == str(tmp_path / "checkpoint-8")
    assert not (tmp_path / "checkpoint-12").exists()
    assert last_checkpoint(tmp_path / "none") is None
