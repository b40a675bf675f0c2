"""What a GRPO trainer is told: by whom rollouts are generated, and how many share a pass."""

import importlib.util
from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from plain_job import JOB
from trl import GRPOConfig

from remid.training import grpo
from remid.training.job import Engine, Example

GRPO = replace(
    JOB,
    kind="grpo",
    engine=Engine(ranks=2, stage=2, device="cuda", dtype="bfloat16"),
    batch=16,
    rollouts=4,
    max_tokens=40,
    temperature=0.9,
)
EXAMPLES = [Example("a", (1, 2, 3), ()), Example("b", (1,) * 300, ())]


@pytest.fixture
def vllm(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Say whether the package vllm is installed, which is not imported."""
    find = importlib.util.find_spec

    def say(present: bool) -> None:
        answer = importlib.util.find_spec("trl") if present else None
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda name: answer if name == "vllm" else find(name)
        )

    return say


def test_vllm_generates_where_there_are_a_gpu_and_the_package(
    vllm: Callable[[bool], None],
) -> None:
    on_cpu = replace(GRPO, engine=replace(GRPO.engine, device="cpu"))
    vllm(True)
    assert grpo._generation(on_cpu, EXAMPLES) == {}
    told = grpo._generation(GRPO, EXAMPLES)
    # the longest prompt and a reply behind it
    assert told["vllm_max_model_length"] == 300 + 40
    assert told["use_vllm"] is True
    vllm(False)
    assert grpo._generation(GRPO, EXAMPLES) == {}


def test_the_pinned_trl_takes_these_arguments(vllm: Callable[[bool], None]) -> None:
    """TRL checks modes and lengths where its configuration is built; vLLM itself was never run."""
    vllm(True)
    told = grpo._generation(GRPO, EXAMPLES)
    assert set(told) <= {field.name for field in fields(GRPOConfig)}
    config = GRPOConfig(**told, output_dir="o", use_cpu=True, bf16=False, report_to=[])
    assert (config.use_vllm, config.vllm_mode) == (True, "colocate")
    assert config.vllm_max_model_length == 340
    # Ours are log-probabilities of the trained model, against vLLM's: TRL corrects by default.
    assert config.vllm_importance_sampling_correction is True


def test_a_pass_is_the_rollouts_of_one_prompt(
    vllm: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that a job on two GPUs is told, but for what asks the driver."""
    vllm(True)
    common, no_gpu = grpo.common, {"deepspeed": None, "use_cpu": True, "bf16": False}
    assert common(GRPO, 2)["bf16"] and not common(GRPO, 2)["use_cpu"]
    monkeypatch.setattr(grpo, "common", lambda *told: {**common(*told), **no_gpu})
    config = grpo._arguments(GRPO, EXAMPLES)
    assert config.use_vllm
    # 16 rollouts over 2 ranks, 4 of one prompt a pass: 2 passes a step
    assert config.per_device_train_batch_size == config.num_generations == 4
    assert config.gradient_accumulation_steps == 2
    assert (config.temperature, config.max_completion_length) == (0.9, 40)
