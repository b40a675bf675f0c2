"""DeepSpeed's configuration, by stage."""

import pytest

from remid.training.engine import deepspeed_config
from remid.training.job import Engine


@pytest.mark.parametrize(
    ("stage", "zero"),
    [
        (0, {"stage": 0}),
        (2, {"stage": 2, "offload_optimizer": {"device": "cpu"}}),
        (
            3,
            {
                "stage": 3,
                "offload_optimizer": {"device": "cpu"},
                "stage3_gather_16bit_weights_on_model_save": True,
            },
        ),
    ],
)
def test_only_what_a_stage_shards_is_configured(stage: int, zero: dict) -> None:
    config = deepspeed_config(Engine(ranks=1, stage=stage, offload="cpu", dtype="float32"))
    assert config["zero_optimization"] == zero
    assert config["bf16"] == {"enabled": False}
    assert config["train_batch_size"] == "auto"
