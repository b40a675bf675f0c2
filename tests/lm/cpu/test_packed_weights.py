"""Packed products: the same numbers as torch's own, and its gradients."""

import pytest
import torch

from remid.lm.cpu import packed_weights

NORMAL = torch.Generator()


def layer(*, bias, dtype=torch.bfloat16):
    made = torch.nn.Linear(48, 80, bias=bias).to(dtype)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter.data, generator=NORMAL.manual_seed(0))
    return made


def inputs(*shape):
    return torch.randn(*shape, generator=NORMAL.manual_seed(1)).bfloat16()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    "rows",
    [inputs(1, 48), inputs(8, 48), inputs(3, 50, 48), inputs(48, 7).t(), inputs(2, 0, 48)],
    ids=["one", "few", "many", "strided", "none"],
)
def test_without_gradients_the_products_are_the_same(bias, rows):
    plain, packed = layer(bias=bias), layer(bias=bias)
    packed_weights.speed_up(packed)
    with torch.no_grad():
        torch.testing.assert_close(packed(rows), plain(rows), rtol=2**-8, atol=0)
    with torch.inference_mode():
        torch.testing.assert_close(packed(rows), plain(rows), rtol=2**-8, atol=0)


def test_gradients_are_torchs():
    plain, packed = layer(bias=True), layer(bias=True)
    packed_weights.speed_up(packed)
    found = []
    for own in (plain, packed):
        rows = inputs(5, 48).requires_grad_()
        own(rows).square().sum().backward()
        found.append(rows.grad)
    assert found[0].abs().sum() > 0
    assert torch.equal(found[0], found[1])


def test_only_bfloat16_is_packed():
    exact = layer(bias=True, dtype=torch.float32)
    packed_weights.speed_up(exact)
    assert "forward" not in vars(exact)
