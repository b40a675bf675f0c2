"""A tiny random model and encoder: they run every line of the pipeline, and know nothing."""

import string
from pathlib import Path
from typing import Literal

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    BertConfig,
    BertModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

Style = Literal["chatml", "llama", "gemma"]

TEXT = (
    "The user asks and the character answers. What do you want to know about the sea, the stars "
    "and the old house? I have told you that nobody came back. ## User ## Character ## Dialogue "
    "## Features - a feature of the next reply, said plainly and in the manner of the time. "
    "You are right, said the other; it was never easy, and there is work to do before the winter."
)
"""What the tokenizer learns its merges from."""

MARKERS: dict[Style, list[str]] = {
    "chatml": ["<|im_start|>", "<|im_end|>"],
    "llama": ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
    "gemma": ["<bos>", "<start_of_turn>", "<end_of_turn>"],
}
ENDS: dict[Style, str] = {"chatml": "<|im_end|>", "llama": "<|eot_id|>", "gemma": "<end_of_turn>"}
TEMPLATES: dict[Style, str] = {
    "chatml": (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    ),
    "llama": (
        "<|begin_of_text|>{% for m in messages %}"
        "<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n{{ m.content | trim }}<|eot_id|>"
        "{% endfor %}"
        "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
    ),
    "gemma": (
        "<bos>{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}"
        "{% endif %}{% for m in messages %}"
        "<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n"
        "{{ m.content | trim }}<end_of_turn>\n{% endfor %}"
        "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
    ),
}


def build_tiny(folder: Path, *, style: Style, seed: int, spread: float = 0.02) -> None:
    """Write a random Llama of two layers with a byte-level tokenizer and a chat template.

    Parameters
    ----------
    spread : standard deviation of the weights; the larger, the more a context changes an answer.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(MARKERS[style], end=ENDS[style])
    tokenizer.chat_template = TEMPLATES[style]
    tokenizer.save_pretrained(folder)
    torch.manual_seed(seed)
    # Pad and end of text are one token, as in many chat models: whoever counts on the pad's id to
    # find padding is found out by the tests.
    end = tokenizer.convert_tokens_to_ids(ENDS[style])
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        bos_token_id=None,
        eos_token_id=end,
        pad_token_id=end,
        initializer_range=spread,
    )
    LlamaForCausalLM(config).save_pretrained(folder)


def build_tiny_encoder(folder: Path, *, seed: int) -> None:
    """Write a random BERT of one layer with a byte-level tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(["<pad>"], end="<pad>")
    tokenizer.save_pretrained(folder)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=512,
    )
    BertModel(config).save_pretrained(folder)


def _tokenizer(markers: list[str], *, end: str) -> PreTrainedTokenizerFast:
    # Byte-level: any text has tokens, so no test meets an unknown one.
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=markers,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEXT, string.printable], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=end,
        pad_token=end,
        extra_special_tokens=[marker for marker in markers if marker != end],
    )
