"""Training on pairs of a better and a worse completion."""

from collections.abc import Sequence
from typing import Any

from datasets import Dataset
from peft import PeftModel
from trl import DPOConfig, DPOTrainer

from remid.training.adapters import freeze_all_but
from remid.training.arguments import common, shared_out
from remid.training.job import Example, Job
from remid.training.trl_overrides import TokenPairTrainer


def build(job: Job, model: PeftModel, tokenizer: Any, examples: Sequence[Example]) -> DPOTrainer:
    """Make the trainer of a preference job."""
    args = DPOConfig(
        **common(job, len(examples)),
        # each pair is two sequences, and the reference policy reads both again
        **shared_out(job, most=2),
        # of Rafailov et al. (2023): how far the policy may move from the reference
        beta=job.beta,
        max_length=None,
    )
    rows = [
        {"prompt_ids": e.prompt, "chosen_ids": e.completion, "rejected_ids": e.rejected}
        for e in examples
    ]
    trainer = TokenPairTrainer(
        model=model, args=args, train_dataset=Dataset.from_list(rows), processing_class=tokenizer
    )
    # TRL has added a copy of the adapter as the reference policy; it must not be trained.
    freeze_all_but(model, job.train)
    return trainer
