"""Attention without gradients in bfloat16 on a CPU, at which torch is slow."""

from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME = "remid_sdpa"
"""What a model attends with: transformers' ``sdpa``, but for what is only read on a CPU."""
BLOCK = 256
"""Tokens whose weights over all others exist at one time."""


def speed_up(model: Any) -> None:
    """Let a model that would attend by ``sdpa`` attend by :func:`attend`."""
    if model.config._attn_implementation != "sdpa" or model.device.type != "cpu":
        return
    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    model.set_attn_implementation(NAME)


def attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    **others: Any,
) -> tuple[torch.Tensor, None]:
    """Attend as ``sdpa`` does, by plain products where nothing is trained.

    Parameters
    ----------
    query : shape (b, heads, t, d).
    key, value : shape (b, key heads, s, d).

    Returns
    -------
    Shape (b, t, heads, d), and no weights.
    """
    b, t, s = query.shape[0], query.shape[2], key.shape[2]
    plain = query.dtype == torch.bfloat16 and not torch.is_grad_enabled()
    if attention_mask is not None:
        plain &= attention_mask.dtype == torch.bool and attention_mask.shape[1] == 1
    scale = scaling or query.shape[3] ** -0.5
    if plain and t == 1:
        return _one(query, key, value, attention_mask, scale), None
    if plain and b == 1 and (attention_mask is not None or t == s):
        return _many(query[0], key[0], value[0], attention_mask, scale)[None], None
    torchs: tuple[torch.Tensor, None] = sdpa_attention_forward(
        module, query, key, value, attention_mask, scaling=scaling, **others
    )
    return torchs


def _one(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    scale: float,
) -> torch.Tensor:
    """One token of each row (b, heads, 1, d); returns (b, 1, heads, d)."""
    b, heads, _, d = query.shape
    # The heads that share a key head are rows of one product, so that keys are not repeated.
    rows = query.reshape(b, key.shape[1], heads // key.shape[1], d)
    logits = torch.matmul(rows, key.transpose(2, 3)).float() * scale
    if mask is not None:
        logits = logits.masked_fill(~mask, -torch.inf)
    weights = logits.softmax(-1).to(value.dtype)
    return torch.matmul(weights, value).reshape(b, 1, heads, d)


def _many(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    scale: float,
) -> torch.Tensor:
    """A row's tokens (heads, t, d), without a mask each blind to those after it; (t, heads, d).

    Blocks of rows and one key head at a time keep the weights in the processor's cache.
    """
    heads, t, d = query.shape
    s = key.shape[1]
    group = heads // key.shape[0]
    sees = torch.ones(t, s, dtype=torch.bool).tril() if mask is None else mask[0, 0]
    bias = torch.zeros(t, s).masked_fill_(~sees, -torch.inf)
    out = torch.empty(t, heads, d, dtype=value.dtype)
    for start in range(0, t, BLOCK):
        end = min(start + BLOCK, t)
        last = end if mask is None else s
        for k in range(key.shape[0]):
            own = slice(k * group, (k + 1) * group)
            rows = query[own, start:end].reshape(-1, d)
            logits = torch.mm(rows, key[k, :last].t()).view(group, end - start, last)
            logits = torch.add(bias[start:end, :last], logits, alpha=scale)
            weights = logits.softmax(-1).to(value.dtype).view(-1, last)
            seen = torch.mm(weights, value[k, :last]).view(group, end - start, d)
            out[start:end, own] = seen.transpose(0, 1)
    return out
