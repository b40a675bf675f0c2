"""Adapters on one frozen base model, and what is saved of them."""

from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, PreTrainedModel

from remid.lm.dtypes import DTYPES
from remid.lm.loading import load_weights
from remid.lm.weights import require_finite
from remid.training.job import Job, LoraShape


def lora_config(shape: LoraShape) -> LoraConfig:
    """Build peft's configuration: every linear layer but the output head."""
    return LoraConfig(
        r=shape.rank,
        lora_alpha=shape.alpha,
        lora_dropout=shape.dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )


def load_adapted(job: Job) -> PeftModel:
    """Load the base once and put every adapter of the job on it; the trained one is active.

    DeepSpeed's checkpoints hold only what is trained, so the others are read from their folders
    here, also when a training is resumed.
    """
    torch.manual_seed(job.seed)
    base: PreTrainedModel = load_weights(
        AutoModelForCausalLM, Path(job.base), dtype=DTYPES[job.engine.dtype]
    )
    # Sorted, with the trained one first: new weights must not depend on a mapping's order.
    names = sorted(job.adapters, key=lambda name: (name != job.train, name))
    model: PeftModel | None = None
    for name in names:
        folder = job.adapters[name]
        if folder is not None:
            if model is None:
                model = PeftModel.from_pretrained(
                    base, folder, adapter_name=name, autocast_adapter_dtype=False
                )
            else:
                model.load_adapter(folder, adapter_name=name, autocast_adapter_dtype=False)
        elif model is None:
            model = get_peft_model(
                base, lora_config(job.lora), adapter_name=name, autocast_adapter_dtype=False
            )
        else:
            model.add_adapter(name, lora_config(job.lora), autocast_adapter_dtype=False)
    assert model is not None
    # The last adapter that was added would be active otherwise.
    model.set_adapter(job.train)
    freeze_all_but(model, job.train)
    return model


def freeze_all_but(model: PeftModel, name: str) -> None:
    """Let gradients reach one adapter and nothing else."""
    for parameter_name, parameter in model.named_parameters():
        parameter.requires_grad_(f".{name}." in parameter_name)


def save_adapter(model: PeftModel, name: str, folder: Path) -> None:
    """Write one adapter to ``folder/name``; equal weights make equal files."""
    require_finite(
        {key: weight for key, weight in model.named_parameters() if f".{name}." in key},
        f"{folder.name}: the adapter {name!r} that was trained",
        "its training diverged: lower the learning rate",
    )
    shape = model.peft_config[name]
    # Python hashes strings with another salt in every process.
    if isinstance(shape.target_modules, set):  # whose order is another in every process
        shape.target_modules = sorted(shape.target_modules)
    # peft gives every adapter a folder of its name, but the one called `default`.
    target = folder / name if name == "default" else folder
    model.save_pretrained(str(target), selected_adapters=[name])
