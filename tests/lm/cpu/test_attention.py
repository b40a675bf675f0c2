"""Attention on a CPU: the same as exact attention, and its gradients."""

import pytest
import torch
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from remid.lm.cpu import attention

MODULE = torch.nn.Module()


def tensors(dtype, *, asking):
    draw = torch.Generator().manual_seed(0)

    def normal(*shape):
        return torch.randn(*shape, generator=draw).to(dtype)

    query, key, value = normal(2, 6, asking, 16), normal(2, 3, 40, 16), normal(2, 3, 40, 16)
    mask = torch.ones(2, 1, asking, 40, dtype=torch.bool)
    mask[1, :, :, :15] = False  # padded on the left
    return query, key, value, mask


def exact(query, key, value, mask):
    q, k, v = (tensor.double() for tensor in (query, key, value))
    logits = q @ k.repeat_interleave(2, 1).transpose(2, 3) * 0.3
    logits = logits.masked_fill(~mask, -torch.inf)
    return (logits.softmax(-1) @ v.repeat_interleave(2, 1)).transpose(1, 2)


# bfloat16 keeps 8 bits: a logit near 2 is off by up to 2^-8, its weight by that share of itself, and so
# an average of values up to 4.
CLOSE = 4 * 2**-8


@pytest.mark.parametrize("masked", [True, False])
def test_one_token_of_each_row(masked):
    query, key, value, mask = tensors(torch.bfloat16, asking=1)
    with torch.no_grad():
        ours, _ = attention.attend(MODULE, query, key, value, mask if masked else None, 0.3)
    truth = exact(query, key, value, mask if masked else torch.ones_like(mask))
    assert (ours.double() - truth).abs().max() < CLOSE


@pytest.mark.parametrize("asking", [40, 25])
@pytest.mark.parametrize("masked", [True, False])
def test_many_tokens_and_their_gradients(asking, masked, monkeypatch):
    """All of a row's tokens, each blind to those behind it, or some of them over a cache."""
    monkeypatch.setattr(attention, "BLOCK", 16)
    query, key, value, _ = tensors(torch.bfloat16, asking=asking)
    mask = torch.ones(2, 1, asking, 40, dtype=torch.bool).tril(40 - asking)
    if masked:
        mask[1, :, :, 3:7] = False
        mask[0, :, 30:, 2] = False
    weights = torch.randn(2, asking, 6, 16, generator=torch.Generator().manual_seed(1))
    given = None if asking == 40 and not masked else mask
    found = [tensor.requires_grad_() for tensor in (query, key, value)]
    ours, _ = attention.attend(MODULE, *found, given, 0.3)
    (ours * weights.to(ours)).sum().backward()
    true = [tensor.detach().double().requires_grad_() for tensor in found]
    truth = exact(*true, mask)
    (truth * weights.to(torch.bfloat16).double()).sum().backward()
    assert (ours.double() - truth).abs().max() < CLOSE
    for own, exactly in zip(found, true, strict=True):
        error = (own.grad.double() - exactly.grad).norm() / exactly.grad.norm()
        assert error < 0.01  # a few roundings by 2^-9 each


def test_a_token_that_sees_nothing_is_still_a_number():
    query, key, value, _ = tensors(torch.bfloat16, asking=40)
    mask = torch.ones(2, 1, 40, 40, dtype=torch.bool).tril()
    mask[1, :, :, :5] = False  # padding, and what it attends to, is never read
    ours, _ = attention.attend(MODULE, query, key, value, mask, 0.3)
    assert ours.isfinite().all()
    truth = exact(query, key, value, mask)
    assert (ours.double() - truth)[1, 5:].abs().max() < CLOSE


def test_other_numbers_go_to_sdpa_unchanged():
    module = torch.nn.Module()
    module.num_key_value_groups = 2
    for asking in (5, 1):
        query, key, value, mask = tensors(torch.float32, asking=asking)
        given = (module, query, key, value, mask)
        assert torch.equal(attention.attend(*given)[0], sdpa_attention_forward(*given)[0])


def test_a_loaded_model_uses_it_and_still_packs(tiny_lm):
    lm = tiny_lm("chatml")
    assert lm.base.config._attn_implementation == attention.NAME
    assert lm.packs
