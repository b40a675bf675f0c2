"""Which device and engine the parameters mean on this machine."""

from typing import Literal

from remid.domain.errors import RemidError
from remid.params import Params
from remid.training.job import Engine, LoraShape


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


def engine(params: Params) -> Engine:
    """DeepSpeed's section, with the device and number format of the model."""
    return Engine(
        ranks=params.deepspeed.ranks,
        stage=params.deepspeed.stage,
        offload=params.deepspeed.offload,
        hostfile=params.deepspeed.hostfile,
        device=device(params),
        dtype=params.model.dtype,
    )


def lora(params: Params) -> LoraShape:
    """Return the adapter's shape."""
    return LoraShape(**params.train.lora.model_dump())
