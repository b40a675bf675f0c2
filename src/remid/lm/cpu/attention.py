"""Attention in bfloat16 on a CPU, at which torch is slow."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME = "remid_sdpa"
"""What a model attends with: transformers' ``sdpa``, but on a CPU."""
BLOCK = 128
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
    """Attend as ``sdpa`` does, by plain products.

    Parameters
    ----------
    query : shape (b, heads, t, d).
    key, value : shape (b, key heads, s, d).
    attention_mask : who sees whom, bool, shape (b or 1, 1, t, s); None where t = s and each token
        sees those before it.

    Returns
    -------
    Shape (b, t, heads, d), and no weights.
    """
    t, s = query.shape[2], key.shape[2]
    plain = query.dtype == torch.bfloat16 and not others.get("dropout")
    if attention_mask is not None:
        plain &= attention_mask.dtype == torch.bool and attention_mask.shape[1] == 1
    scale = scaling or query.shape[3] ** -0.5
    if plain and t == 1 and not torch.is_grad_enabled():
        return _one(query, key, value, attention_mask, scale), None
    if plain and t > 1 and (attention_mask is not None or t == s):
        seen: torch.Tensor = _Many.apply(query, key, value, attention_mask, scale)  # type: ignore[no-untyped-call]
        return seen, None
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


class _Many(torch.autograd.Function):
    """Many tokens (b, heads, t, d) to (b, t, heads, d); weights are computed again for gradients.

    Legend: n rows times key heads, r the tokens of a block times the heads that share a key head.
    """

    @staticmethod
    def forward(
        ctx: Any,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor | None,
        scale: float,
    ) -> torch.Tensor:
        query, key, value = query.contiguous(), key.contiguous(), value.contiguous()
        ctx.save_for_backward(query, key, value, mask)
        ctx.scale = scale
        b, heads, t, d = query.shape
        values = value.flatten(0, 1)
        out = torch.empty(b, t, heads, d, dtype=value.dtype)
        for block, last, _, weights in _blocks(query, key, mask, scale):
            seen = torch.bmm(weights.to(value.dtype), values[:, :last])  # (n, r, d)
            out[:, block] = seen.view(b, heads, -1, d).transpose(1, 2)
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        query, key, value, mask = ctx.saved_tensors
        b, heads, t, d = query.shape
        keys, values = key.flatten(0, 1), value.flatten(0, 1)
        by_query = torch.empty_like(query)
        by_key = torch.zeros(keys.shape, dtype=torch.float32)
        by_value = torch.zeros_like(by_key)
        for block, last, rows, weights in _blocks(query, key, mask, ctx.scale):
            out = gradients[0][:, block].transpose(1, 2).reshape(rows.shape)
            by_value[:, :last] += torch.bmm(weights.to(value.dtype).transpose(1, 2), out)
            by_weights = torch.bmm(out, values[:, :last].transpose(1, 2)).float()
            by_logits = torch._softmax_backward_data(by_weights, weights, -1, torch.float32)
            by_logits = by_logits.mul_(ctx.scale).to(query.dtype)
            by_query[:, :, block] = torch.bmm(by_logits, keys[:, :last]).view(b, heads, -1, d)
            by_key[:, :last] += torch.bmm(by_logits.transpose(1, 2), rows)
        return (
            by_query,
            by_key.to(key.dtype).view(key.shape),
            by_value.to(value.dtype).view(value.shape),
            None,
            None,
        )


def _blocks(
    query: torch.Tensor, key: torch.Tensor, mask: torch.Tensor | None, scale: float
) -> Iterator[tuple[slice, int, torch.Tensor, torch.Tensor]]:
    """Yield (block, last, rows, weights): tokens, keys that they may see, (n, r, d), (n, r, last).

    A block's weights fit into the processor's cache, and what it cannot see is not computed.
    """
    b, heads, t, d = query.shape
    keys = key.flatten(0, 1)
    bias = _causal(t) if mask is None else _bias(mask)
    for start in range(0, t, BLOCK):
        block = slice(start, min(start + BLOCK, t))
        last = block.stop
        if mask is not None:
            columns = mask[:, 0, block].flatten(0, 1).any(0).nonzero()
            last = int(columns[-1]) + 1 if len(columns) else 1
        rows = query[:, :, block].reshape(len(keys), -1, d)
        logits = torch.bmm(rows, keys[:, :last].transpose(1, 2))
        logits = logits.view(b, heads, -1, last)
        weights = torch.add(bias[:, :, block, :last], logits, alpha=scale).softmax(-1)
        yield block, last, rows, weights.view(len(keys), -1, last)


@lru_cache(maxsize=1)
def _causal(t: int) -> torch.Tensor:
    """What is added to the logits of t tokens; the layers of a pass share it."""
    return _bias(torch.ones(1, 1, t, t, dtype=torch.bool).tril())


def _bias(sees: torch.Tensor) -> torch.Tensor:
    # Finite: a token of padding may see nothing, and its weights must be numbers.
    return torch.zeros(sees.shape).masked_fill_(~sees, torch.finfo(torch.float32).min / 2)
