"""Adapters of a training that diverged are neither saved nor loaded."""

import math
from pathlib import Path

import pytest
import torch
from adapters import make_adapter
from safetensors.torch import load_file, save_file

from remid.domain.errors import RemidError
from remid.lm import model
from remid.lm.weights import LARGEST, require_finite


def test_weights_of_a_training_that_went_well_pass() -> None:
    require_finite({"a": torch.tensor([-9.0, 3.0]), "none": torch.empty(0)}, "x", "y")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e30, -2 * LARGEST])
def test_others_are_named_with_the_remedy(value: float) -> None:
    with pytest.raises(RemidError, match=r"the adapter holds .* in b; lower the learning rate\."):
        require_finite(
            {"a": torch.ones(2), "b": torch.tensor([0.0, value])},
            "the adapter",
            "lower the learning rate",
        )


def test_such_an_adapter_is_not_loaded(tiny_folder, tmp_path: Path) -> None:
    base = tiny_folder("chatml")
    folder = make_adapter(base, tmp_path / "adapter", seed=1)
    file = folder / "adapter_model.safetensors"
    broken = {key: weight * 1e30 for key, weight in load_file(file).items()}
    save_file(broken, file, metadata={"format": "pt"})
    with pytest.raises(RemidError, match="adapter: this adapter holds .* it is damaged"):
        model.load(base, adapters={"x": folder}, dtype="float32", device="cpu")
