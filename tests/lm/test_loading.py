"""Model folders with damaged files."""

import json
import shutil
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from remid.domain.errors import RemidError
from remid.lm import model
from remid.lm.loading import UnloadableError, fault, load_tokenizer, load_weights, loading


@pytest.fixture
def base(tiny_folder, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_folder("chatml"), tmp_path / "base"))


def test_a_whole_folder_has_no_fault(base: Path) -> None:
    assert fault(base) == ""
    assert load_weights(AutoModelForCausalLM, base).config.model_type
    assert load_tokenizer(base)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_the_file_is_named(base: Path, name: str) -> None:
    content = (base / name).read_bytes()
    (base / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(UnloadableError, match=f"base: cannot be loaded .{name}: .*remid fetch"):
        model.load(base, dtype="float32", device="cpu")


def test_weights_that_are_absent_are_not_made_up(base: Path) -> None:
    file = base / "model.safetensors"
    weights = load_file(file)
    lost = weights.pop(next(name for name in sorted(weights) if "q_proj" in name))
    save_file(weights, file, metadata={"format": "pt"})
    assert lost.numel()
    with pytest.raises(UnloadableError, match=r"its weights lack 1, the first .*q_proj"):
        load_weights(AutoModelForCausalLM, base)


def test_weights_that_are_not_finite(base: Path) -> None:
    file = base / "model.safetensors"
    weights = {name: weight * float("nan") for name, weight in load_file(file).items()}
    save_file(weights, file, metadata={"format": "pt"})
    with pytest.raises(RemidError, match=r"not finite: its weights are damaged; .*remid fetch"):
        model.load(base, dtype="float32", device="cpu")


def test_an_architecture_that_nobody_knows(base: Path) -> None:
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps(config | {"model_type": "unheard-of"}))
    with pytest.raises(UnloadableError, match="cannot be loaded"):
        load_weights(AutoModelForCausalLM, base)


def test_memory_is_not_the_folders_fault(base: Path) -> None:
    with pytest.raises(MemoryError), loading(base):
        raise MemoryError
