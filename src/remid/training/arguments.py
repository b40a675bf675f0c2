"""What the trainers of all kinds are told alike."""

from typing import Any

from remid.training.checkpoints import KEPT
from remid.training.engine import deepspeed_config
from remid.training.job import Job


def common(job: Job, count: int) -> dict[str, Any]:
    """Return the arguments that a supervised, a preference and a GRPO trainer share.

    Parameters
    ----------
    count : number of examples.
    """
    return {
        "output_dir": job.output,
        "learning_rate": job.learning_rate,
        "num_train_epochs": job.epochs,
        "seed": job.seed,
        "data_seed": job.seed,
        "bf16": job.engine.dtype == "bfloat16",
        "use_cpu": job.engine.device == "cpu",
        "deepspeed": deepspeed_config(job.engine),
        "logging_steps": 1,
        # the filter shows 0.0 for a loss that is no number, and hides it from Progress
        "logging_nan_inf_filter": False,
        "disable_tqdm": True,
        "report_to": [],
        "save_strategy": "steps",
        "save_steps": job.save_steps,
        "save_total_limit": KEPT,
        **_schedule(job, count),
        # that of QLoRA (Dettmers et al., 2023) for adapters on all linear layers
        "max_grad_norm": 0.3,
        # rows are token ids in memory: workers would cost their start and save nothing
        "dataloader_num_workers": 0,
        "dataloader_pin_memory": False,
        # does not go with the key-value cache that rollouts share
        "gradient_checkpointing": False,
    }


def shared_out(job: Job, *, most: int) -> dict[str, int]:
    """Split a batch over ranks and passes: at most `most` sequences are read at a time."""
    # The largest divisor of a rank's share: batch = micro x passes x ranks, exactly.
    per_rank = job.batch // job.engine.ranks
    micro = max(size for size in range(1, most + 1) if per_rank % size == 0)
    return {
        "per_device_train_batch_size": micro,
        "gradient_accumulation_steps": per_rank // micro,
    }


def _schedule(job: Job, count: int) -> dict[str, Any]:
    """Cosine after a warm-up of 3% of the steps for supervised phases, constant for GRPO.

    A trainer's own share of steps is rounded up, and the first step of a warm-up has rate 0: a
    training of one step would change nothing.
    """
    if job.kind == "grpo":
        return {"lr_scheduler_type": "constant", "warmup_steps": 0}
    steps = job.epochs * -(-count // job.batch)
    return {"lr_scheduler_type": "cosine", "warmup_steps": int(0.03 * steps)}
