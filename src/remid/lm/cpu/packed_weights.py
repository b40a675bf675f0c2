"""Products with frozen weights in bfloat16 on a CPU, kept in the layout that its kernels read."""

from functools import partial
from typing import Any

import torch

FEW = 8
"""Rows of a typical product: the tokens of one step of generation."""


def speed_up(model: Any) -> None:
    """Keep a second copy of each linear layer's weight, packed for products without gradients.

    Otherwise torch packs the whole weight anew at every product, for a few rows as long as the
    product itself takes. The same kernel multiplies, so the results are the same. The weights must
    not change afterwards; adapters in layers of their own may.
    """
    for layer in model.modules():
        if type(layer) is torch.nn.Linear and _packs(layer):
            packed = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach(), FEW)
            layer.forward = partial(_forward, layer, packed)


def _packs(layer: torch.nn.Linear) -> bool:
    """Tell whether the layer's weight is of a kind that is packed here."""
    if layer.weight.device.type != "cpu" or layer.weight.dtype != torch.bfloat16:
        return False
    return torch.backends.mkldnn.is_available() and bool(
        torch.ops.mkldnn._is_mkldnn_bf16_supported()
    )


def _forward(layer: torch.nn.Linear, packed: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    if torch.is_grad_enabled() or not rows.numel():
        return torch.nn.functional.linear(rows, layer.weight, layer.bias)
    product: torch.Tensor = torch.ops.mkldnn._linear_pointwise(
        rows, packed, layer.bias, "none", [], ""
    )
    return product
