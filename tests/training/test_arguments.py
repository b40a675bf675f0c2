"""What trainers of all kinds are told, by kind of training."""

from dataclasses import replace

import pytest
from plain_job import JOB

from remid.training.arguments import common


@pytest.mark.parametrize(
    ("kind", "epochs", "count", "schedule", "warmup"),
    [
        ("sft", 1, 200, "cosine", 3),  # 100 steps of batch 2: 3%
        ("sft", 2, 201, "cosine", 6),  # 2 * 101 steps: 6.06
        ("dpo", 1, 8, "cosine", 0),  # 4 steps: 0.12, rounded down
        ("grpo", 1, 200, "constant", 0),
    ],
)
def test_warm_up_is_three_percent_rounded_down(
    kind: str, epochs: int, count: int, schedule: str, warmup: int
) -> None:
    told = common(replace(JOB, kind=kind, epochs=epochs), count)  # type: ignore[arg-type]
    assert (told["lr_scheduler_type"], told["warmup_steps"]) == (schedule, warmup)


def test_one_seed_for_weights_and_order() -> None:
    told = common(replace(JOB, seed=11), 8)
    assert (told["seed"], told["data_seed"]) == (11, 11)
    assert (told["save_steps"], told["save_total_limit"]) == (JOB.save_steps, 2)
