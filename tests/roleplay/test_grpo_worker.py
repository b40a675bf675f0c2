"""Rewards of GRPO on a model under test: the form of the reply, and its worth."""

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.roleplay import grpo_worker, rewards
from remid.training import grpo
from remid.training.job import RewardSettings

END = 3


@pytest.fixture
def built(
    dialogues: list[Dialogue], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[Any], list[list[str]]]:
    """The two reward functions, and the texts that the scorer was asked for."""
    asked: list[list[str]] = []

    def log_scores(_: object, chosen: list[Dialogue], replies: list[str], *, signal: str) -> Any:
        assert signal == "likelihood" and len(chosen) == len(replies)
        asked.append(list(replies))
        return np.array([-float(len(reply)) for reply in replies])

    monkeypatch.setattr(rewards, "log_scores", log_scores)
    lm = SimpleNamespace(chat=SimpleNamespace(end_of_turn=END))
    monkeypatch.setattr(grpo, "wrap", lambda *_, **__: lm)
    jsonl.write(tmp_path / "d.jsonl", dialogues)
    job = SimpleNamespace(
        engine=SimpleNamespace(device="cpu"),
        adapters={"adapter": None},
        reward=RewardSettings("likelihood", str(tmp_path / "d.jsonl"), 600, 4096),
    )
    return grpo_worker.build(job, None, None), asked  # type: ignore[arg-type]


def test_the_form_is_that_of_the_reply_behind_the_thought(built) -> None:
    form = built[0][0]
    texts = ["<think>\na plan\n</think>\nYes.", "Yes.", "Yes."]
    assert form(completions=texts, completion_ids=[[1, END], [1, END], [1, 2]]) == [1.0, 1.0, 0.0]


def test_the_worth_is_relative_to_the_reference_which_is_scored_once(
    built, dialogues: list[Dialogue]
) -> None:
    worth, asked = built[0][1], built[1]
    reference = dialogues[0].reference
    longer, shorter = reference + "!!", "No."
    told: dict[str, float] = {}
    values = worth(
        prompts=["d0", "d0"],
        completions=[f"<think>\nx\n</think>\n{longer}", shorter],
        log_metric=told.__setitem__,
    )
    assert values == [pytest.approx(math.exp(-2)), 1.0]  # two characters longer; not longer
    assert told["reward_seconds"] >= 0
    worth(prompts=["d0"], completions=[shorter], log_metric=told.__setitem__)
    assert asked == [[reference], [longer, shorter], [], [shorter]]
