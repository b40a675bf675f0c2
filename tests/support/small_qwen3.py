"""A tiny random model of the Qwen3 architecture, adapters on it, and a template as Qwen3's."""

from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, Qwen3Config, Qwen3ForCausalLM

from remid.lm import tiny

# A thought of nothing stands before the last assistant's turn, and behind a generation prompt.
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if loop.last and m.role == 'assistant' %}<think>\n\n</think>\n\n{% endif %}"
    "{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n"
    "{% endif %}{% endif %}"
)


def build_base(folder: Path, *, seed: int = 1) -> Path:
    """Write a base of two layers whose answers depend strongly on what it is given."""
    tiny.build_tiny(folder, style="chatml", seed=seed)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    torch.manual_seed(seed)
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        max_position_embeddings=4096,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=0.15,
    )
    Qwen3ForCausalLM(config).save_pretrained(folder)
    return folder


def build_adapter(
    base: Path, folder: Path, *, seed: int, dora: bool = False, rank: int = 4
) -> Path:
    """Write an adapter that changes what its base answers."""
    torch.manual_seed(seed)
    config = LoraConfig(r=rank, target_modules="all-linear", task_type="CAUSAL_LM", use_dora=dora)
    adapted = get_peft_model(AutoModelForCausalLM.from_pretrained(base), config)
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:  # starts at zero
            torch.nn.init.normal_(parameter, std=0.1)
    adapted.save_pretrained(folder)
    return folder
