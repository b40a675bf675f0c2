"""GRPO on prompts that are token ids, with what every step costs."""

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

import torch
from datasets import Dataset
from peft import PeftModel
from trl import GRPOConfig, GRPOTrainer
from trl.trainer.utils import use_adapter

from remid.training.adapters import freeze_all_but
from remid.training.arguments import common
from remid.training.job import Example, Job
from remid.training.meter import Meter

Reward = Callable[..., Sequence[float | None]]
Rewards = Callable[[Job, PeftModel, Any], Sequence[Reward]]
"""(job, model, tokenizer) to the reward functions of a GRPO job, in TRL's signature."""

REFERENCE = "ref"
"""Adapter that TRL takes for the reference policy when there is one of this name."""


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
    start = job.adapters[job.train]
    if start is not None:
        model.load_adapter(start, adapter_name=REFERENCE, autocast_adapter_dtype=False)
        model.set_adapter(job.train)
        freeze_all_but(model, job.train)
    per_rank = job.batch // job.engine.ranks
    args = GRPOConfig(
        **common(job, len(examples)),
        **_generation(job, examples),
        per_device_train_batch_size=job.rollouts,
        gradient_accumulation_steps=per_rank // job.rollouts,
        num_generations=job.rollouts,
        max_completion_length=job.max_tokens,
        temperature=job.temperature,
        beta=0.0,
        scale_rewards="group",
        log_completions=False,
    )
    trainer = TokenPromptTrainer(
        model=model,
        args=args,
        reward_funcs=list(rewards(job, model, tokenizer)),
        train_dataset=Dataset.from_list([{"prompt": e.id} for e in examples]),
        processing_class=tokenizer,
    )
    trainer.prompt_ids = {e.id: list(e.prompt) for e in examples}
    trainer.meter = Meter(model.get_input_embeddings())
    # With another value at construction TRL looks for an adapter called `default`.
    trainer.beta = job.beta
    return trainer


class TokenPromptTrainer(GRPOTrainer):  # type: ignore[misc]
    """GRPO whose prompts are dialogue ids, looked up as token ids.

    Text prompts would be tokenised whole, and a chat marker inside a persona would then become
    structure.
    """

    prompt_ids: dict[str, list[int]]
    meter: Meter

    def training_step(self, *arguments: Any, **named: Any) -> Any:
        """One pass of a step; what is neither generation nor reward in it is the optimiser's."""
        with self.meter.part("optimiser"):
            return super().training_step(*arguments, **named)

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Add the step's costs to its figures."""
        if "loss" in logs:
            logs |= self.meter.take(self.accelerator)
        super().log(logs, start_time)

    def _tokenize_prompts(self, prompts: list[str]) -> tuple[list[list[int]], None, dict[str, Any]]:
        return [list(self.prompt_ids[prompt]) for prompt in prompts], None, {}

    def _generate_single_turn(self, prompt_ids: list[list[int]], *rest: Any, **named: Any) -> Any:
        with self.meter.part("generation"):
            completions, log_probabilities = super()._generate_single_turn(
                prompt_ids, *rest, **named
            )
        if self.use_vllm:  # another copy of the model, which the meter does not see
            self.meter.tokens["generation"] += sum(map(len, [*prompt_ids, *completions]))
        return completions, log_probabilities

    def _calculate_rewards(self, *arguments: Any) -> torch.Tensor:
        with self.meter.part("reward"):
            rewards: torch.Tensor = super()._calculate_rewards(*arguments)
        # TRL averages what reward functions log themselves over their calls and ranks.
        self._pending_metrics.pop("reward_seconds", None)
        return rewards

    def _compute_loss(self, model: Any, inputs: dict[str, Any]) -> torch.Tensor:
        if self.beta == 0 and self._step % self.current_gradient_accumulation_steps == 0:
            self._metrics["train"]["kl"].append(self._kl_of_first(inputs))
        loss: torch.Tensor = super()._compute_loss(model, inputs)
        return loss

    @torch.no_grad()
    def _kl_of_first(self, inputs: dict[str, Any]) -> float:
        """KL from the reference policy over one rollout, nats per token.

        With no KL term in the loss, reading all rollouts twice would train nothing; one of a step,
        drawn at random by the trainer's shuffle, estimates the same mean at a small cost.
        """
        completion, seen = inputs["completion_ids"][:1], inputs["completion_mask"][:1]
        ids = torch.cat([inputs["prompt_ids"][:1], completion], dim=1)
        mask = torch.cat([inputs["prompt_mask"][:1], seen], dim=1)

        def log_probabilities() -> torch.Tensor:
            found: torch.Tensor = self._get_per_token_logps_and_entropies(
                self.model, ids, mask, completion.shape[1]
            )[0]
            return found

        self.model.eval()
        ours = log_probabilities()
        known = REFERENCE in self.model.peft_config
        with use_adapter(self.model, REFERENCE if known else None):
            gap = log_probabilities() - ours
        self.model.train()
        kl = ((gap.exp() - gap - 1) * seen).sum()
        total = self.accelerator.reduce(torch.stack([kl, seen.sum().to(kl)]), reduction="sum")
        return float(total[0] / total[1])


def _generation(job: Job, examples: Sequence[Example]) -> dict[str, Any]:
    """Let vLLM generate where it is installed and there is a GPU for it (not run by the tests)."""
    if job.engine.device != "cuda" or importlib.util.find_spec("vllm") is None:
        return {}
    longest = max(len(e.prompt) for e in examples) + job.max_tokens
    return {"use_vllm": True, "vllm_mode": "colocate", "vllm_max_model_length": longest}
