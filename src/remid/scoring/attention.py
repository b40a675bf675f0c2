"""Attention of one new token over a long cache, at which torch is slow on a CPU in bfloat16."""

from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME = "remid_sdpa"
"""What a model attends with: transformers' ``sdpa``, but for single tokens on a CPU."""


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
    """Attend as ``sdpa`` does, by plain products where a single token asks.

    Parameters
    ----------
    query : shape (b, heads, t, d).
    key, value : shape (b, key heads, s, d).

    Returns
    -------
    Shape (b, t, heads, d), and no weights.
    """
    plain = query.shape[2] == 1 and query.dtype == torch.bfloat16 and not torch.is_grad_enabled()
    if attention_mask is not None:
        plain &= attention_mask.dtype == torch.bool and attention_mask.shape[1] == 1
    if not plain:
        torchs: tuple[torch.Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, **others
        )
        return torchs
    b, heads, _, d = query.shape
    # The heads that share a key head are rows of one product, so that keys are not repeated.
    rows = query.reshape(b, key.shape[1], heads // key.shape[1], d)
    logits = torch.matmul(rows, key.transpose(2, 3)).float() * (scaling or d**-0.5)
    if attention_mask is not None:
        logits = logits.masked_fill(~attention_mask, -torch.inf)
    weights = logits.softmax(-1).to(value.dtype)
    return torch.matmul(weights, value).reshape(b, 1, heads, d), None
