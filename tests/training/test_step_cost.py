"""What the parts of a step cost."""

from types import SimpleNamespace

import pytest
import torch

from remid.training import step_cost
from remid.training.step_cost import StepCost


def test_parts_are_charged_once_and_put_together_over_ranks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter([0.0, 2.0, 5.0, 9.0, 10.0, 11.0])
    monkeypatch.setattr(step_cost.time, "perf_counter", lambda: next(clock))
    embedding = torch.nn.Embedding(10, 4)
    counted = StepCost(embedding)
    embedding(torch.zeros(7, 7, dtype=torch.long))  # outside every part: nobody's
    with counted.part("optimiser"):
        embedding(torch.zeros(2, 8, dtype=torch.long))
        with counted.part("generation"):
            embedding(torch.zeros(2, 3, dtype=torch.long))
            embedding(torch.zeros(2, 1, dtype=torch.long))
        embedding(torch.zeros(1, 4, dtype=torch.long))
    with counted.part("reward"):
        embedding(torch.zeros(1, 5, dtype=torch.long))

    def gather(own: torch.Tensor) -> torch.Tensor:  # another rank that took 3 times as much of all
        return torch.cat([own, 3 * own])

    ranks = SimpleNamespace(device="cpu", gather=gather)
    assert counted.take(ranks) == {  # type: ignore[arg-type]
        "generation_seconds": 6.0,  # mean of 5 - 2 = 3, and 9
        "reward_seconds": 2.0,  # 11 - 10
        "optimiser_seconds": 12.0,  # (2 - 0) + (9 - 5)
        "generation_tokens": 32.0,  # sum of 2 x 3 + 2 x 1 = 8, and 24
        "reward_tokens": 20.0,
        "optimiser_tokens": 80.0,  # 2 x 8 + 1 x 4
    }
    assert set(counted.take(ranks).values()) == {0.0}  # type: ignore[arg-type]
