"""One token over a cache: the same as torch's own attention."""

import pytest
import torch
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from remid.scoring import attention

MODULE = torch.nn.Module()


def tensors(dtype, *, asking):
    draw = torch.Generator().manual_seed(0)

    def normal(*shape):
        return torch.randn(*shape, generator=draw).to(dtype)

    query, key, value = normal(2, 6, asking, 16), normal(2, 3, 40, 16), normal(2, 3, 40, 16)
    mask = torch.ones(2, 1, asking, 40, dtype=torch.bool)
    mask[1, :, :, :15] = False  # padded on the left
    return query, key, value, mask


@pytest.mark.parametrize("masked", [True, False])
def test_equals_exact_attention(masked):
    query, key, value, mask = tensors(torch.bfloat16, asking=1)
    with torch.no_grad():
        ours, _ = attention.attend(MODULE, query, key, value, mask if masked else None, 0.3)
    q, k, v = (tensor.double() for tensor in (query, key, value))
    logits = q @ k.repeat_interleave(2, 1).transpose(2, 3) * 0.3
    if masked:
        logits = logits.masked_fill(~mask, -torch.inf)
    exact = (logits.softmax(-1) @ v.repeat_interleave(2, 1)).transpose(1, 2)
    # bfloat16 keeps 8 bits: half a unit in the last place of values up to 2 is 2^-8.
    assert (ours.double() - exact).abs().max() < 2**-7


def test_other_shapes_go_to_sdpa_unchanged():
    module = torch.nn.Module()
    module.num_key_value_groups = 2
    for dtype, asking in ((torch.bfloat16, 5), (torch.float32, 1)):
        query, key, value, mask = tensors(dtype, asking=asking)
        given = (module, query, key, value, mask)
        assert torch.equal(attention.attend(*given)[0], sdpa_attention_forward(*given)[0])


def test_a_loaded_model_uses_it_and_still_packs(tiny_lm):
    lm = tiny_lm("chatml")
    assert lm.base.config._attn_implementation == attention.NAME
    assert lm.packs
