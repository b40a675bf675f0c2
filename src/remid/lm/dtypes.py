"""Which number format a device computes in, and how fast it multiplies in each."""

import os
import time
from typing import Literal

import torch

Dtype = Literal["float32", "bfloat16"]
DTYPES: dict[str, torch.dtype] = {"float32": torch.float32, "bfloat16": torch.bfloat16}
OLD = ("default", "avx2")
"""Values of ATEN_CPU_CAPABILITY under which a newer CPU is to pass for an older one."""


def native_bfloat16(device: str) -> bool:
    """Whether the device has instructions for products in bfloat16.

    On a CPU those are AVX512-BF16 or AMX. Without them torch emulates the format: forward products
    are slower than in float32, and backward ones fall to an unblocked scalar loop.
    """
    if device.startswith("cuda"):
        return bool(
            torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
        )
    if os.environ.get("ATEN_CPU_CAPABILITY", "").lower() in OLD:
        return False
    # Neither probe is public; both have answered since torch 2.6.
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def resolve(wanted: Literal["auto", "float32", "bfloat16"], device: str) -> Dtype:
    """Return the number format: what is wanted, or with ``auto`` what the device is good at."""
    if wanted != "auto":
        return wanted
    return "bfloat16" if native_bfloat16(device) else "float32"


def product_rate(dtype: Dtype, device: str, *, seconds: float = 0.2) -> float:
    """Measure products of a small model's size, forward and backward, in GFLOP/s.

    The shape is that of 128 tokens through a layer of 576 by 1,536, as SmolLM2-135M has them.
    """
    rows, inner, outer = 128, 576, 1536
    x = torch.randn(rows, inner, dtype=DTYPES[dtype], device=device, requires_grad=True)
    weight = torch.randn(outer, inner, dtype=DTYPES[dtype], device=device)
    done, start = 0, time.perf_counter()
    while done < 2 or time.perf_counter() - start < seconds:
        torch.nn.functional.linear(x, weight).sum().backward()
        done += 1
    if device.startswith("cuda"):
        torch.cuda.synchronize()
    # 2 m n k for the product, as many again for its gradient.
    return done * 4 * rows * inner * outer / (time.perf_counter() - start) / 1e9
