"""Rewards in the worker: likelihoods by hand, and runs that stop rather than train on nonsense."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tiny_project
import torch

from remid.coevolve import grpo_worker
from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.lm import prompts
from remid.lm.model import LanguageModel
from remid.lm.runtime import Runtime
from remid.replies.reward import relative
from remid.training.checkpoints import mark_whole
from remid.training.job import Engine, Job, LoraShape, RewardSettings
from remid.training.progress import STEPS

FORMED = tiny_project.dialogue("d").trace
LIMIT = 600


@pytest.fixture
def lm(tiny_lm: Callable[[str], LanguageModel]) -> LanguageModel:
    return tiny_lm("chatml")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    jsonl.write(tmp_path / "dialogues.jsonl", [tiny_project.dialogue("d")])
    return Job(
        name="reasoner_1",
        kind="grpo",
        base="b",
        train="reasoner",
        adapters={"reasoner": "start", "responder": "r"},
        examples="e",
        output=str(tmp_path),
        seed=1,
        engine=Engine(ranks=1, stage=2),
        lora=LoraShape(4, 8, 0.0),
        learning_rate=1e-4,
        batch=2,
        rollouts=2,
        max_tokens=8,
        reward=RewardSettings(
            "reasoner", str(tmp_path / "dialogues.jsonl"), LIMIT, 4096, feature_words=8
        ),
    )


def within(lm: LanguageModel) -> Runtime:
    return Runtime(lm, max_prompt_tokens=LIMIT, token_budget=4096)


def by_hand(lm: LanguageModel, dialogue: Dialogue, trace: str, reply: str) -> float:
    """Mean log-probability of a reply's tokens, one whole sequence through the whole model."""
    prompt = prompts.encode(prompts.responder_prompt(dialogue, trace), lm.chat, max_tokens=LIMIT)
    ids = [*prompt.ids, *prompts.encode_reply(reply, lm.chat, dialogue_id="d")]
    with torch.inference_mode():
        logits = lm.model(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
    start = len(prompt.ids)
    own = [logits[k - 1, ids[k]].item() for k in range(start, len(ids))]
    return sum(own) / len(own)


def test_likelihoods_are_those_of_the_whole_sequence(lm: LanguageModel) -> None:
    d = tiny_project.dialogue("d")
    rows = [(FORMED, d.reference), ("no notes", d.reference), (FORMED, "no"), (FORMED, "")]
    traces, replies = zip(*rows, strict=True)
    means = grpo_worker.reply_likelihoods(within(lm), [d] * 4, traces, replies)
    wanted = [by_hand(lm, d, trace, reply) for trace, reply in rows[:3]]
    assert means == pytest.approx([*wanted, -math.inf], abs=1e-4)


def test_a_trace_that_leaves_no_room_for_its_dialogue_is_worth_nothing(
    lm: LanguageModel,
) -> None:
    d = tiny_project.dialogue("d")
    traces = ["\ufffd" * LIMIT, FORMED]  # bytes that are no text take more tokens when read again
    means = grpo_worker.reply_likelihoods(within(lm), [d] * 2, traces, ["yes"] * 2)
    assert means[0] == -math.inf
    assert math.isfinite(means[1])


def rewards(job: Job, monkeypatch: pytest.MonkeyPatch, means: list[float]) -> dict[str, Any]:
    """The reasoner's rewards, with given likelihoods."""
    monkeypatch.setattr(grpo_worker, "reply_likelihoods", lambda *_, **__: means)
    dialogues = {"d": tiny_project.dialogue("d")}
    own = grpo_worker._reasoner_rewards(job, Runtime(None), dialogues, words=8)  # type: ignore[arg-type]
    return {reward.__name__: reward for reward in own}


def ask(reward: Any, completions: list[str], *, finished_steps: int) -> list[float]:
    state = SimpleNamespace(global_step=finished_steps)
    values: list[float] = reward(
        prompts=["d"] * len(completions), completions=completions, trainer_state=state
    )
    return values


def test_a_reward_that_is_no_number_stops_the_run(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    likelihood = rewards(job, monkeypatch, [0.0, math.nan])["likelihood"]
    mark_whole(made(Path(job.output) / "checkpoint-4"))
    told = (
        r"reasoner_1, step 6: .* dialogue 'd' is nan \(rollout: 'bad'\); .*checkpoint-4 is the last"
    )
    with pytest.raises(RemidError, match=told):
        ask(likelihood, ["good", "bad"], finished_steps=5)


def test_a_score_that_is_no_number_is_not_taken_for_a_perfect_reply() -> None:
    value, best = relative([math.nan, -1.0], [-1.0, -2.0])
    assert math.isnan(value)
    assert best == 1.0


def test_a_reasoner_that_stops_writing_the_format_stops_the_run(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace_format = rewards(job, monkeypatch, [])["trace_format"]
    assert ask(trace_format, ["no", "no"], finished_steps=0) == [0.0, 0.0]  # not learned yet
    assert ask(trace_format, ["no", FORMED], finished_steps=1) == [0.0, 1.0]
    with pytest.raises(
        RemidError, match=r"step 3: no rollout .*'gone'.*its start \(start\) is the"
    ):
        ask(trace_format, ["gone", "gone"], finished_steps=2)


def test_a_resumed_run_knows_that_the_format_was_written(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps up to the checkpoint count; a later one will be made again."""
    output = Path(job.output)
    mark_whole(made(output / "checkpoint-1"))
    rows = [
        {"step": 1, "rewards/trace_format/mean": 0.0},
        {"step": 2, "rewards/trace_format/mean": 1},
    ]
    (output / STEPS).write_text("\n".join(map(json.dumps, rows)) + "\n")
    ask(rewards(job, monkeypatch, [])["trace_format"], ["no"], finished_steps=1)
    mark_whole(made(output / "checkpoint-2"))
    with pytest.raises(RemidError, match="checkpoint-2 is the last good state"):
        ask(rewards(job, monkeypatch, [])["trace_format"], ["no"], finished_steps=2)


def test_the_format_of_another_rank_counts(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    trace_format = rewards(job, monkeypatch, [])["trace_format"]
    monkeypatch.setattr(grpo_worker, "gather_object", lambda own: [*own, True])
    for step in (0, 1):
        assert ask(trace_format, ["no"], finished_steps=step) == [0.0]


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder
