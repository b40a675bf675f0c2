"""GRPO on prompts that are token ids: what its trainer is made of."""

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

from datasets import Dataset
from peft import PeftModel
from trl import GRPOConfig, GRPOTrainer

from remid.lm.model import LanguageModel, wrap
from remid.lm.runtime import Runtime
from remid.training.adapters import freeze_all_but
from remid.training.arguments import common
from remid.training.job import Example, Job
from remid.training.step_cost import StepCost
from remid.training.trl_overrides import REFERENCE, TokenPromptTrainer

Reward = Callable[..., Sequence[float | None]]
Rewards = Callable[[Job, PeftModel, Any], Sequence[Reward]]
"""(job, model, tokenizer) to the reward functions of a GRPO job, in TRL's signature."""


def scorer(job: Job, model: PeftModel, tokenizer: Any) -> Runtime:
    """Make what scores the rollouts of a job, with the limits of its reward.

    The adapters that judge sit on the base model that is trained: nothing is loaded again.
    """
    lm = _wrapped(job, model, tokenizer)
    settings = job.reward
    assert settings is not None
    return Runtime(
        lm, max_prompt_tokens=settings.max_prompt_tokens, token_budget=settings.token_budget
    )


def build(
    job: Job,
    model: PeftModel,
    tokenizer: Any,
    examples: Sequence[Example],
    rewards: Rewards,
) -> GRPOTrainer:
    """Make the trainer of a GRPO job.

    The reference policy is the adapter as it was when the job began; for a new one, the base model.
    """
    # TRL takes an adapter named "ref" for the reference policy where it finds one; without it, it
    # turns the adapters off, and the base is the reference.
    start = job.adapters[job.train]
    if start is not None:
        model.load_adapter(start, adapter_name=REFERENCE, autocast_adapter_dtype=False)
        model.set_adapter(job.train)
        freeze_all_but(model, job.train)
    trainer = TokenPromptTrainer(
        model=model,
        args=_arguments(job, examples),
        reward_funcs=list(rewards(job, model, tokenizer)),
        train_dataset=Dataset.from_list([{"prompt": e.id} for e in examples]),
        processing_class=tokenizer,
    )
    trainer.job = job
    trainer.prompt_ids = {e.id: list(e.prompt) for e in examples}
    trainer.lm = _wrapped(job, model, tokenizer)
    # Chat models end a turn with other tokens than the tokenizer's end of text.
    trainer.eos_token_ids = sorted(trainer.lm.ends)
    trainer.step_cost = StepCost(model.get_input_embeddings())
    # With another value at construction TRL looks for an adapter called `default`.
    trainer.beta = job.beta
    return trainer


def _wrapped(job: Job, model: PeftModel, tokenizer: Any) -> LanguageModel:
    return wrap(
        model,
        tokenizer,
        device=job.engine.device,
        weights="training",
        adapters={name: name for name in job.adapters},
    )


def _arguments(job: Job, examples: Sequence[Example]) -> GRPOConfig:
    # A pass is the G rollouts of one prompt, so that they share its reading; a rank accumulates
    # the gradients of its prompts of the step.
    per_rank = job.batch // job.engine.ranks
    return GRPOConfig(
        **common(job, len(examples)),
        **_generation(job, examples),
        per_device_train_batch_size=job.rollouts,
        gradient_accumulation_steps=per_rank // job.rollouts,
        num_generations=job.rollouts,
        max_completion_length=job.max_tokens,
        temperature=job.temperature,
        # set below, after construction
        beta=0.0,
        # advantage = (reward - mean of the group) / std of the group (Shao et al., 2024)
        scale_rewards="group",
        log_completions=False,
    )


def _generation(job: Job, examples: Sequence[Example]) -> dict[str, Any]:
    """Let vLLM generate where it is installed and there is a GPU for it (not run by the tests)."""
    if job.engine.device != "cuda" or importlib.util.find_spec("vllm") is None:
        return {}
    longest = max(len(e.prompt) for e in examples) + job.max_tokens
    return {"use_vllm": True, "vllm_mode": "colocate", "vllm_max_model_length": longest}
