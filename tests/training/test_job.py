"""What a training is told, and which trainings are refused before they begin."""

from dataclasses import replace
from pathlib import Path

import pytest
from plain_job import JOB

from remid.domain.errors import RemidError
from remid.training.arguments import shared_out
from remid.training.job import (
    Engine,
    Example,
    Job,
    read_examples,
    require_workable,
    write_examples,
)


def job(*, ranks: int = 1, stage: int = 2, **values: object) -> Job:
    return replace(JOB, engine=Engine(ranks=ranks, stage=stage), **values)  # type: ignore[arg-type]


def test_examples_survive_the_file(tmp_path: Path) -> None:
    examples = [Example("a", (1, 2), (3,)), Example("b", (4,), (5, 6), (7,))]
    write_examples(tmp_path / "e.jsonl", examples)
    assert read_examples(tmp_path / "e.jsonl") == examples


def test_more_ranks_than_samples_are_refused() -> None:
    with pytest.raises(RemidError, match="4 ranks but 3 training dialogues"):
        require_workable(job(ranks=4, batch=4), 3)


def test_nothing_to_train_on_is_refused() -> None:
    with pytest.raises(RemidError, match="cold start: no training dialogue"):
        require_workable(job(), 0)


def test_a_batch_that_ranks_cannot_share_is_refused_rather_than_changed() -> None:
    with pytest.raises(RemidError, match="a batch of 2 dialogues cannot be shared evenly by 4"):
        require_workable(job(ranks=4), 8)
    with pytest.raises(RemidError, match="a batch of 3 dialogues"):  # 12 rollouts, 4 of a prompt
        require_workable(job(ranks=2, kind="grpo", batch=12, rollouts=4), 8)


def test_prompts_that_fill_no_step_are_refused() -> None:
    with pytest.raises(RemidError, match="3 training dialogues but 4 prompts a step"):
        require_workable(job(kind="grpo", batch=8, rollouts=2), 3)


def test_zero_3_is_for_supervised_phases() -> None:
    require_workable(job(stage=3), 8)
    with pytest.raises(RemidError, match=r"deepspeed.stage is 3.*set it to 2"):
        require_workable(job(stage=3, kind="grpo", batch=8, rollouts=2), 8)


@pytest.mark.parametrize(
    ("batch", "ranks", "micro", "passes"), [(2, 1, 2, 1), (6, 1, 3, 2), (8, 2, 4, 1), (5, 1, 1, 5)]
)
def test_a_batch_keeps_its_size_when_it_is_split(
    batch: int, ranks: int, micro: int, passes: int
) -> None:
    shares = shared_out(job(ranks=ranks, batch=batch), most=4)
    assert shares == {
        "per_device_train_batch_size": micro,
        "gradient_accumulation_steps": passes,
    }
    assert micro * passes * ranks == batch
