"""Supervised training on completions."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from datasets import Dataset
from peft import PeftModel
from trl import SFTConfig, SFTTrainer

from remid.training.arguments import common, shared_out
from remid.training.job import Example, Job


def build(job: Job, model: PeftModel, tokenizer: Any, examples: Sequence[Example]) -> SFTTrainer:
    """Make the trainer of a supervised job."""
    args = SFTConfig(
        **common(job, len(examples)),
        **shared_out(job, most=4),
        max_length=None,
        remove_unused_columns=False,
    )
    rows = [
        {
            "input_ids": [*e.prompt, *e.completion],
            # -100 is torch's ignore_index: the prompt is read and not learned
            "labels": [-100] * len(e.prompt) + list(e.completion),
        }
        for e in examples
    ]
    return CompletionTrainer(
        model=model,
        args=args,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        data_collator=partial(collate, pad=tokenizer.pad_token_id),
    )


class CompletionTrainer(SFTTrainer):  # type: ignore[misc]
    """SFT whose output head reads the completions alone: most of a sequence is prompt."""

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """Mean negative log-likelihood of a completion token, in nats."""
        labels = inputs.pop("labels")
        # (b, t) padded on the left: completions end in the last column, and only the last `keep`
        # positions go through the head: d x v, a fifth of SmolLM2-135M, for each of them.
        keep = int((labels != -100).any(0).sum()) + 1  # the position before the first predicts it
        logits = model(**inputs, logits_to_keep=keep, use_cache=False).logits[:, :-1]
        wanted = labels[:, -keep + 1 :]
        # Summed, then divided by the tokens of the whole step: 1 x 8 passes equal 8 x 1.
        loss = torch.nn.functional.cross_entropy(
            logits.float().flatten(0, 1), wanted.flatten(), ignore_index=-100, reduction="sum"
        )
        count = (wanted != -100).sum() if num_items_in_batch is None else num_items_in_batch
        loss = loss / count
        if self.args.average_tokens_across_devices and num_items_in_batch is not None:
            loss = loss * self.accelerator.num_processes  # gradients are averaged over ranks
        return (loss, logits) if return_outputs else loss


def collate(rows: Sequence[dict[str, list[int]]], *, pad: int) -> dict[str, torch.Tensor]:
    """Pad on the left, so that all completions end in the last column."""
    longest = max(len(row["input_ids"]) for row in rows)

    def padded(key: str, fill: int) -> torch.Tensor:
        return torch.tensor([[fill] * (longest - len(row[key])) + list(row[key]) for row in rows])

    mask = torch.tensor(
        [[0] * (longest - len(row["input_ids"])) + [1] * len(row["input_ids"]) for row in rows]
    )
    return {
        "input_ids": padded("input_ids", pad),
        "attention_mask": mask,
        "position_ids": (mask.cumsum(1) - 1).clamp(min=0),
        "labels": padded("labels", -100),
    }
