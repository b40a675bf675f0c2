"""Methods of TRL's trainers that are private to it, replaced: the only file that knows them.

TRL promises nothing of such methods, so pyproject.toml pins its minor version, and
`tests/training/test_trl_overrides.py` says which of them another version has changed.
"""

from typing import Any

import numpy as np
import torch
from datasets import Dataset
from trl import DPOTrainer, GRPOTrainer
from trl.trainer.utils import split_tensor_dict, use_adapter

from remid.lm.generation import Sampling, draw
from remid.lm.model import LanguageModel
from remid.training import grpo_log_probabilities
from remid.training.job import Job
from remid.training.step_cost import StepCost

REFERENCE = "ref"
"""Adapter that TRL takes for the reference policy when there is one of this name."""


class TokenPairTrainer(DPOTrainer):  # type: ignore[misc]
    """DPO on pairs that are token ids already."""

    # TRL would tokenise texts here; the rows hold token ids already.
    def _prepare_dataset(self, dataset: Dataset, *_: Any) -> Dataset:
        return dataset


class TokenPromptTrainer(GRPOTrainer):  # type: ignore[misc]
    """GRPO whose prompts are dialogue ids, looked up as token ids, and read once for all rollouts.

    Text prompts would be tokenised whole, and a chat marker inside a persona would then become
    structure.
    """

    job: Job
    prompt_ids: dict[str, list[int]]
    lm: LanguageModel
    """The model that is trained, as it generates."""
    step_cost: StepCost
    _buffered_inputs: list[dict[str, Any]] | None

    def training_step(self, *arguments: Any, **named: Any) -> Any:
        """One pass of a step; what is neither generation nor reward in it is the optimiser's."""
        with self.step_cost.part("optimiser"):
            return super().training_step(*arguments, **named)

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Add the step's costs to its figures."""
        if "loss" in logs:
            logs |= self.step_cost.take(self.accelerator)
        super().log(logs, start_time)

    def _tokenize_prompts(self, prompts: list[str]) -> tuple[list[list[int]], None, dict[str, Any]]:
        return [list(self.prompt_ids[prompt]) for prompt in prompts], None, {}

    def _prepare_inputs(self, generation_batch: Any) -> Any:
        """Return the rollouts of the next pass; TRL would mix those of different prompts."""
        # As TRL's own with num_iterations 1 and without its evaluation branch. What is left out is
        # `shuffle_sequence_dict`: the rollouts of a prompt stay one pass and share its reading.
        step = self._step % self.args.steps_per_generation
        if step == 0 or self._buffered_inputs is None:
            scored = self._generate_and_score_completions(generation_batch)
            self._buffered_inputs = split_tensor_dict(scored, self.args.steps_per_generation)
        return self._buffered_inputs[step]

    def _generate_single_turn(self, prompt_ids: list[list[int]], *rest: Any, **named: Any) -> Any:
        with self.step_cost.part("generation"):
            if not self.use_vllm:
                return self._rollouts(prompt_ids), None
            completions, log_probabilities = super()._generate_single_turn(
                prompt_ids, *rest, **named
            )
        # vLLM has another copy of the model, whose passes are not counted here.
        self.step_cost.tokens["generation"] += sum(map(len, [*prompt_ids, *completions]))
        return completions, log_probabilities

    def _rollouts(self, prompts: list[list[int]]) -> list[list[int]]:
        """Draw from streams that depend on the step and the rollout, not on ranks or restarts."""
        # One stream a rollout: SeedSequence([seed, step, place over all ranks]). A resumed step
        # draws what the killed one drew, and 2 ranks draw what 1 does.
        first = self.accelerator.process_index * len(prompts)
        streams = []
        for k in range(len(prompts)):
            seed = np.random.SeedSequence([self.job.seed, self.state.global_step, first + k])
            streams.append(torch.Generator().manual_seed(int(seed.generate_state(1)[0])))
        sampling = Sampling(self.job.max_tokens, self.job.temperature)
        with self.lm.using(self.job.train):
            return draw(self.lm, [*map(tuple, prompts)], streams, sampling, ends=self.eos_token_ids)

    def _get_per_token_logps_and_entropies(
        self,
        model: Any,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        logits_to_keep: int,
        *rest: Any,
        **named: Any,
    ) -> tuple[torch.Tensor, torch.Tensor | None, torch.Tensor | None]:
        # Router losses need TRL's single padded pass: ours reads a prompt and its rollouts apart.
        if self.aux_loss_enabled:  # a mixture of experts' balance: TRL's own passes
            own: tuple[torch.Tensor, torch.Tensor, torch.Tensor] = (
                super()._get_per_token_logps_and_entropies(
                    model, input_ids, attention_mask, logits_to_keep, *rest, **named
                )
            )
            return own
        scored = grpo_log_probabilities.score(
            model, self.lm.base.config, input_ids, attention_mask, logits_to_keep, self.temperature
        )
        return scored.log_probabilities, scored.entropies, None

    def _calculate_rewards(self, *arguments: Any) -> torch.Tensor:
        with self.step_cost.part("reward"):
            rewards: torch.Tensor = super()._calculate_rewards(*arguments)
        # TRL averages what reward functions log themselves over their calls and ranks.
        self._pending_metrics.pop("reward_seconds", None)
        return rewards

    def _compute_loss(self, model: Any, inputs: dict[str, Any]) -> torch.Tensor:
        loss: torch.Tensor = super()._compute_loss(model, inputs)
        if self.beta == 0 and self._step % self.current_gradient_accumulation_steps == 0:
            self._metrics["train"]["kl"].append(self._kl_of_first(inputs))
        return loss

    @torch.no_grad()
    def _kl_of_first(self, inputs: dict[str, Any]) -> float:
        """KL from the reference policy over one rollout, nats per token.

        With no KL term in the loss, reading all rollouts again would train nothing; one of a step,
        of a prompt drawn at random by the trainer's sampler, estimates the same mean.
        """
        completion, seen = inputs["completion_ids"][:1], inputs["completion_mask"][:1]
        ids = torch.cat([inputs["prompt_ids"][:1], completion], dim=1)
        mask = torch.cat([inputs["prompt_mask"][:1], seen], dim=1)

        def log_probabilities() -> torch.Tensor:
            found: torch.Tensor = self._get_per_token_logps_and_entropies(
                self.model, ids, mask, completion.shape[1]
            )[0]
            return found

        # Both in the same way: a batch of another size would differ in rounding.
        self.model.eval()
        ours = log_probabilities()
        known = REFERENCE in self.model.peft_config
        with use_adapter(self.model, REFERENCE if known else None):
            gap = log_probabilities() - ours
        self.model.train()
        # k3 estimator of KL(policy || reference), with gap = log reference - log policy:
        # k3 = exp(gap) - gap - 1, unbiased and never negative (Schulman 2020, "Approximating KL
        # divergence"); the mean is over the tokens that were drawn.
        kl = ((gap.exp() - gap - 1) * seen).sum()
        # Sum of k3 over sum of tokens: ranks whose rollouts are longer weigh more, as in one batch.
        total = self.accelerator.reduce(torch.stack([kl, seen.sum().to(kl)]), reduction="sum")
        return float(total[0] / total[1])
