"""DeepSpeed's configuration, made from the parameters."""

from typing import Any

from remid.training.job import Engine


def deepspeed_config(engine: Engine) -> dict[str, Any]:
    """Return the dictionary that the trainers hand to DeepSpeed.

    Batch sizes, clipping and precision are left to the trainer (`auto`), so that they are said
    once. ZeRO-3 works for supervised phases; see docs/coevolution.md for its limits.
    """
    zero: dict[str, Any] = {"stage": engine.stage}
    # Stage 1 shards the optimiser, 2 gradients too, 3 the weights (Rajbhandari et al., 2020).
    if engine.stage > 0:
        zero["offload_optimizer"] = {"device": engine.offload}
    if engine.stage == 3:
        zero["stage3_gather_16bit_weights_on_model_save"] = True
    return {
        "zero_optimization": zero,
        "train_batch_size": "auto",
        "train_micro_batch_size_per_gpu": "auto",
        "gradient_accumulation_steps": "auto",
        "gradient_clipping": "auto",
        "bf16": {"enabled": engine.dtype == "bfloat16"},
        "zero_allow_untested_optimizer": True,
        "wall_clock_breakdown": False,
    }
