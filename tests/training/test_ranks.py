"""One rank, two ranks and ZeRO-3 train the same; each rank rewards its own; bfloat16 trains too."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import forked
import numpy as np
import pytest
import tiny_project
from safetensors.torch import load_file

from remid.training.job import Engine, Job, LoraShape, RewardSettings
from remid.training.progress import STEPS, read_steps

LOSS = 1e-5
"""Tolerance of a loss, nats per token: gradients are summed in another order, in float32."""
BFLOAT16_LOSS = 0.03
"""The same between float32 and bfloat16, which keeps 8 bits: a logit of 8 is off by up to 1/64."""
WEIGHT = 1e-5
"""Tolerance of a weight; the largest of those that start at 0 comes to 2.5e-3."""


def train(root: str) -> None:
    """Run every training of this module, in a process of its own."""
    from remid.coevolve import run
    from remid.coevolve.phases import _reply_examples
    from remid.corpus import jsonl
    from remid.domain.shift import ID_TRAIN
    from remid.store.project import Project
    from remid.training.job import write_examples
    from remid.training.start import launch

    layout = tiny_project.build(Path(root))
    dialogues = list(jsonl.read(layout.split(ID_TRAIN)))[:8]
    setting = run.setting(Project(tiny_project.params(), layout), log=print)
    rows = _reply_examples(setting, dialogues, {d.id: d.trace for d in dialogues})
    write_examples(Path(root) / "sft.jsonl", rows)
    write_examples(Path(root) / "grpo.jsonl", [replace(row, completion=()) for row in rows])
    jsonl.write(Path(root) / "dialogues.jsonl", dialogues)
    for name in ("one", "two", "zero3", "bfloat16"):
        launch.launch(cold_start(Path(root), name), "remid.training.sft_worker", log=print)
    launch.launch(half_round(Path(root), "grpo"), "noted_rewards", log=print)
    launch.launch(half_round(Path(root), "held"), "remid.coevolve.grpo_worker", log=print)
    rounded = half_round(Path(root), "rounded")
    launch.launch(rounded, "remid.coevolve.grpo_worker", log=print)


def cold_start(root: Path, name: str) -> Job:
    ranks, stage = {"two": (2, 2), "zero3": (2, 3)}.get(name, (1, 2))
    return Job(
        name=name,
        kind="sft",
        base=str(root / "models/base"),
        train="responder",
        adapters={"responder": None},
        examples=str(root / "sft.jsonl"),
        output=str(root / name),
        seed=5,
        engine=Engine(ranks, stage, dtype="bfloat16" if name == "bfloat16" else "float32"),
        lora=LoraShape(8, 16, 0.0),
        learning_rate=1e-3,
        batch=4,
        epochs=2,
        save_steps=100,
    )


def half_round(root: Path, name: str) -> Job:
    """Two ranks without a KL term, or one with it, or one in bfloat16."""
    start = str(root / "one" / "responder")
    like = {"grpo": "two", "held": "one", "rounded": "bfloat16"}[name]
    return replace(
        cold_start(root, like),
        name=name,
        kind="grpo",
        train="reasoner",
        beta=0.1 if name == "held" else 0.0,
        adapters={"reasoner": start, "responder": start},
        examples=str(root / "grpo.jsonl"),
        output=str(root / name),
        batch=8,
        rollouts=2,
        max_tokens=6,
        epochs=1,
        learning_rate=1e-2,
        reward=RewardSettings(
            "reasoner", str(root / "dialogues.jsonl"), 600, 4096, feature_words=8
        ),
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ranks")
    process = forked.start(train, str(root))
    process.join()
    assert process.exitcode == 0
    return root


def curve(root: Path, name: str, key: str) -> list[float]:
    return [row[key] for row in read_steps(root / name / STEPS).values()]


def weights(root: Path, name: str) -> dict[str, Any]:
    found = load_file(root / name / "responder" / "adapter_model.safetensors")
    return {key: weight.float().numpy() for key, weight in found.items()}  # NumPy has no bfloat16


@pytest.mark.slow
@pytest.mark.parametrize("other", ["two", "zero3"])
def test_ranks_and_shards_change_no_loss(trained: Path, other: str) -> None:
    losses = curve(trained, "one", "loss")
    assert len(losses) == 4  # 8 dialogues, 4 a step, twice
    assert losses[-1] < losses[0] - 0.01
    assert curve(trained, other, "loss") == pytest.approx(losses, abs=LOSS)
    norms = curve(trained, "one", "grad_norm")
    assert curve(trained, other, "grad_norm") == pytest.approx(norms, rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("other", ["two", "zero3"])
def test_ranks_and_shards_change_no_adapter(trained: Path, other: str) -> None:
    one, two = weights(trained, "one"), weights(trained, other)
    assert one.keys() == two.keys()
    assert any(np.abs(weight).max() > 0 for name, weight in one.items() if "lora_B" in name)
    for name, weight in one.items():
        np.testing.assert_allclose(two[name], weight, atol=WEIGHT, err_msg=name)


@pytest.mark.slow
def test_each_rank_rewards_its_own_rollouts(trained: Path) -> None:
    """8 prompts of 2 rollouts, 4 prompts a step: 4 rollouts for each of 2 ranks in 2 steps."""
    ranks = [
        [json.loads(line) for line in file.read_text().splitlines()]
        for file in sorted((trained / "grpo").glob("rank_*.jsonl"))
    ]
    prompts = [
        [prompt for call in rank if call["reward"] == "likelihood" for prompt in call["prompts"]]
        for rank in ranks
    ]
    assert [len(own) for own in prompts] == [8, 8]
    assert set(Counter(prompts[0] + prompts[1]).values()) == {2}  # whole groups, each once
    assert not set(prompts[0]) & set(prompts[1])
    for kind in ("trace_format", "trace_length", "likelihood"):
        calls = [[call["values"] for call in rank if call["reward"] == kind] for rank in ranks]
        means = [np.mean(first + second) for first, second in zip(*calls, strict=True)]
        assert curve(trained, "grpo", f"rewards/{kind}/mean") == pytest.approx(means, abs=1e-6)


@pytest.mark.slow
def test_every_step_tells_its_rewards_its_kl_and_what_its_parts_cost(trained: Path) -> None:
    rows = list(read_steps(trained / "grpo" / STEPS).values())
    assert len(rows) == 2
    assert rows[0]["kl"] == pytest.approx(0.0, abs=1e-9)  # the reference policy is the start
    assert rows[1]["kl"] > 1e-9
    for row in rows:
        assert {"reward", "reward_std", "frac_reward_zero_std", "rewards/likelihood/std"} <= set(
            row
        )
        assert {"completions/mean_length", "completions/clipped_ratio"} <= set(row)
        assert {"clip_ratio/region_mean", "entropy"} <= set(row)
        parts = [row[f"{part}_seconds"] for part in ("generation", "reward", "optimiser")]
        assert min(parts) > 0
        assert row["step_time"] / 2 <= sum(parts)  # of one rank, and the mean of two
        # Generation reads each prompt once and what it draws; 4 prompts of over 50 tokens.
        assert row["generation_tokens"] > 4 * 50
        assert row["reward_tokens"] > 0
        # Forward over 4 prompts with their rollouts, and over one of each rank for the KL.
        assert row["optimiser_tokens"] > 4 * 50


@pytest.mark.slow
def test_a_kl_term_holds_the_policy_to_its_start_not_to_the_base(trained: Path) -> None:
    first, second = curve(trained, "held", "kl")
    assert first == pytest.approx(0.0, abs=1e-9)
    assert second > 1e-9


@pytest.mark.slow
def test_bfloat16_trains_as_float32_does(trained: Path) -> None:
    """Emulated where the CPU has no instructions for it: the code that a GPU runs, not its speed."""
    losses, rounded = curve(trained, "one", "loss"), curve(trained, "bfloat16", "loss")
    assert rounded == pytest.approx(losses, abs=BFLOAT16_LOSS)
    assert rounded != losses
    one, two = weights(trained, "one"), weights(trained, "bfloat16")
    assert one.keys() == two.keys()
    for name, weight in two.items():
        assert np.isfinite(weight).all(), name
    first, second = (np.concatenate([w.ravel() for w in own.values()]) for own in (one, two))
    assert np.corrcoef(first, second)[0, 1] > 0.99


@pytest.mark.slow
def test_grpo_in_bfloat16_rewards_and_moves_its_policy(trained: Path) -> None:
    rows = list(read_steps(trained / "rounded" / STEPS).values())
    assert len(rows) == 2
    assert rows[0]["kl"] == pytest.approx(0.0, abs=1e-9)
    assert rows[1]["kl"] > 1e-9
    for row in rows:
        assert np.isfinite([row["loss"], row["grad_norm"], row["reward"]]).all()
        assert 0 < row["rewards/likelihood/mean"] < 1
