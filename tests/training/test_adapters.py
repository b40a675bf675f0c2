"""What is saved of an adapter."""

import json
from pathlib import Path

from peft import get_peft_model
from transformers import AutoModelForCausalLM

from remid.training.adapters import lora_config, save_adapter
from remid.training.job import LoraShape


def test_the_layers_are_named_in_one_order(tiny_folder, tmp_path: Path):
    base = AutoModelForCausalLM.from_pretrained(tiny_folder("chatml"))
    shape = LoraShape(rank=2, alpha=4, dropout=0.0)
    save_adapter(get_peft_model(base, lora_config(shape), adapter_name="a"), "a", tmp_path)
    saved = json.loads((tmp_path / "a" / "adapter_config.json").read_text())["target_modules"]
    assert len(saved) == 2 * 7  # q, k, v, o, gate, up and down of two layers
    assert saved == sorted(saved)
