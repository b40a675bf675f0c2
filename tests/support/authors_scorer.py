"""What the paper's authors' scorer computes, stated step by step from what its code does.

Batches of four whole texts, padded at their right; logits of every position; cross-entropy against
the next token; of each text the mean from its context's length on, where the mask is 1.
"""

import random
from collections.abc import Sequence
from typing import Any

import torch

Messages = Sequence[dict[str, str]]


def text_of(tokenizer: Any, messages: Messages) -> str:
    whole: str = tokenizer.apply_chat_template(
        list(messages), tokenize=False, add_generation_prompt=True, enable_thinking=False
    )
    return whole


def scores(
    model: Any,
    tokenizer: Any,
    contexts: Sequence[Messages],
    wholes: Sequence[Messages],
    longest: int,
) -> list[float]:
    """Score `wholes[k]`, which is `contexts[k]` with a reply in its empty last turn."""
    cut = {"truncation": True, "max_length": longest}
    lengths = [len(tokenizer(text_of(tokenizer, m), **cut).input_ids) for m in contexts]
    tokenizer.padding_side = "right"
    found: list[float] = []
    for first in range(0, len(wholes), 4):
        texts = [text_of(tokenizer, m) for m in wholes[first : first + 4]]
        batch = tokenizer(texts, padding=True, return_tensors="pt", **cut)
        ids, mask = batch.input_ids, batch.attention_mask
        with torch.no_grad():
            logits = model(input_ids=ids, attention_mask=mask).logits
        loss = torch.nn.functional.cross_entropy(
            logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), reduction="none"
        ).view(ids.shape[0], -1)
        for row, length in enumerate(lengths[first : first + 4]):
            seen = mask[row, 1:][max(length - 1, 0) :].float()
            inside = loss[row, max(length - 1, 0) :]
            count = float(seen.sum())
            found.append(-float((inside * seen).sum()) / count if count else 0.0)
    return found


def information(
    model: Any, tokenizer: Any, contexts: Sequence[Messages], replies: Sequence[str], longest: int
) -> float:
    """CLUB over all contexts and at most 1,000 pairs that `random` draws."""

    def filled(k: int, reply: str) -> Messages:
        return [*contexts[k][:-1], {"role": "assistant", "content": reply}]

    n = len(contexts)
    own = scores(model, tokenizer, contexts, [filled(k, replies[k]) for k in range(n)], longest)
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    drawn = random.sample(range(len(pairs)), min(len(pairs), 1000))
    chosen = [pairs[place] for place in drawn]
    negative = scores(
        model,
        tokenizer,
        [contexts[i] for i, _ in chosen],
        [filled(i, replies[j]) for i, j in chosen],
        longest,
    )
    return sum(own) / n - sum(negative) / len(negative)
