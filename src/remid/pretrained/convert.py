"""Quantised GGUF weights to bfloat16 safetensors, once."""

import copy
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def gguf_to_safetensors(source: Path, file: str, target: Path) -> None:
    """Write the model and tokenizer of `source/file` to `target` in bfloat16.

    The weights are dequantised to float32 first. A model loaded from GGUF cannot be saved as it
    is, hence the copy into a fresh one without the quantisation's configuration.
    """
    tokenizer = AutoTokenizer.from_pretrained(source, gguf_file=file)
    # transformers dequantises while it reads: Q4_1 is 4 bits a weight with a scale and a minimum
    # for each block of 32.
    loaded = AutoModelForCausalLM.from_pretrained(source, gguf_file=file, dtype=torch.float32)
    config = copy.deepcopy(loaded.config)
    del config.quantization_config
    fresh = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    fresh.load_state_dict(loaded.state_dict())
    fresh.generation_config = loaded.generation_config
    fresh.to(torch.bfloat16).save_pretrained(target)
    tokenizer.save_pretrained(target)
