"""Which device and engine the parameters mean on this machine."""

import logging
from functools import cache
from typing import TYPE_CHECKING, Literal

from remid.domain.errors import RemidError
from remid.params import Params
from remid.training.job import Engine, LoraShape

if TYPE_CHECKING:
    from remid.lm.dtypes import Dtype

logger = logging.getLogger(__name__)


def device(params: Params) -> Literal["cpu", "cuda"]:
    """Resolve `model.device`.

    Raises
    ------
    RemidError
        When CUDA is asked for and there is none.
    """
    import torch

    present = torch.cuda.is_available()
    if params.model.device == "cuda" and not present:
        raise RemidError(
            "model.device is 'cuda' but torch sees no GPU; install a CUDA build of torch and a "
            "driver, or set it to 'auto'."
        )
    return "cuda" if present and params.model.device != "cpu" else "cpu"


def dtype(params: Params) -> "Dtype":
    """Resolve `model.dtype`; one that the device emulates is warned of, with what it costs.

    Raises
    ------
    RemidError
        When the GPU can neither do nor emulate it.
    """
    import torch

    from remid.lm import dtypes

    place, wanted = device(params), params.model.dtype
    # The trainers ask the same, and would end with a traceback after the model was loaded.
    if wanted == "bfloat16" and place == "cuda" and not torch.cuda.is_bf16_supported():
        raise RemidError(
            "model.dtype is 'bfloat16', which this GPU cannot compute in; set it to 'auto' or "
            "'float32'."
        )
    if wanted == "bfloat16" and not dtypes.native_bfloat16(place):
        _warn_of_emulation(place)
    return dtypes.resolve(wanted, place)


@cache
def _warn_of_emulation(place: str) -> None:
    from remid.lm.dtypes import product_rate

    slower = product_rate("float32", place) / product_rate("bfloat16", place)
    logger.warning(
        "model.dtype is 'bfloat16', which this %s emulates: products and their gradients take %.0f "
        "times as long as in float32; set it to 'auto'.",
        place,
        slower,
    )


def resolved(params: Params) -> dict[str, object]:
    """The model section as it is used here, for what names results: no `auto` in it."""
    return {
        **params.model.model_dump(),
        "dtype": dtype(params),
        "device": device(params),
    }


def engine(params: Params) -> Engine:
    """DeepSpeed's section, with the device and number format of the model."""
    return Engine(
        ranks=params.deepspeed.ranks,
        stage=params.deepspeed.stage,
        offload=params.deepspeed.offload,
        hostfile=params.deepspeed.hostfile,
        device=device(params),
        dtype=dtype(params),
    )


def lora(params: Params) -> LoraShape:
    """Return the adapter's shape."""
    return LoraShape(**params.train.lora.model_dump())
