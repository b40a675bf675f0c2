"""A language model with its adapters, ready to score and to generate."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from remid.domain.errors import RemidError
from remid.scoring.chat import Chat, learn

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True, eq=False)
class LanguageModel:
    """A causal model, its chat format, and what names its weights."""

    model: Any
    chat: Chat
    device: str
    fingerprint: str
    """Hash of the base weights, the number format and the chat template."""
    adapters: Mapping[str, str]
    """Name of each adapter to the hash of its files."""

    def identity(self, adapter: str | None) -> str:
        """Name the weights that answer when `adapter` is in use."""
        return self.fingerprint + (":" + self.adapters[adapter] if adapter else "")

    @contextmanager
    def using(self, adapter: str | None) -> Iterator[None]:
        """Answer with one adapter, or with the base alone, in evaluation mode and without gradients.

        The adapter in use before, its gradients and the training mode are restored at exit, so
        that a reward can be computed in the middle of a training.
        """
        model = self.model
        if not isinstance(model, PeftModel):
            if adapter is not None:
                raise KeyError(adapter)
            with torch.inference_mode():
                yield
            return
        before, training = model.active_adapter, model.training
        model.eval()
        try:
            with torch.no_grad():
                if adapter is None:
                    model.base_model.disable_adapter_layers()
                else:
                    model.base_model.enable_adapter_layers()
                    model.set_adapter(adapter, inference_mode=True)
                yield
        finally:
            model.base_model.enable_adapter_layers()
            model.set_adapter(before, inference_mode=not training)
            model.train(training)

    @property
    def decoder(self) -> Any:
        """The model without its output head, adapters included."""
        base = self.model.get_base_model() if isinstance(self.model, PeftModel) else self.model
        return getattr(base, base.base_model_prefix)

    @property
    def head(self) -> Any:
        """The output head."""
        return self.model.get_output_embeddings()


def load_chat(path: Path) -> Chat:
    """Load only the tokenizer's chat format."""
    return learn(AutoTokenizer.from_pretrained(path))


def load(
    path: Path, *, adapters: Mapping[str, Path] | None = None, dtype: str, device: str
) -> LanguageModel:
    """Load a base model once, with any number of named adapters on it.

    Raises
    ------
    RemidError
        When the folder is no model, or an adapter was made for another base.
    """
    if not (path / "config.json").is_file():
        raise RemidError(f"{path}: no model there (config.json is absent); run the fetch stage.")
    model: Any = AutoModelForCausalLM.from_pretrained(path, dtype=DTYPES[dtype]).to(device)
    for name, folder in (adapters or {}).items():
        try:
            if isinstance(model, PeftModel):
                model.load_adapter(folder, adapter_name=name, autocast_adapter_dtype=False)
            else:
                model = PeftModel.from_pretrained(
                    model, folder, adapter_name=name, autocast_adapter_dtype=False
                )
        except (RuntimeError, ValueError, OSError) as error:
            raise RemidError(
                f"{folder}: this adapter does not fit the base model in {path} "
                f"({str(error).splitlines()[0][:120]}); train it again on this base."
            ) from error
    model.eval()
    return wrap(
        model,
        AutoTokenizer.from_pretrained(path),
        device=device,
        weights=f"{_hash_folder(path)}:{dtype}",
        adapters={name: _hash_folder(folder) for name, folder in (adapters or {}).items()},
    )


def wrap(
    model: Any, tokenizer: Any, *, device: str, weights: str, adapters: Mapping[str, str]
) -> LanguageModel:
    """Make a LanguageModel of a model that is in memory, as in the middle of a training."""
    chat = learn(tokenizer)
    key = hashlib.sha256(f"{weights}:{chat.fingerprint}".encode()).hexdigest()[:24]
    return LanguageModel(model, chat, device, key, dict(adapters))


def _hash_folder(folder: Path) -> str:
    """Hash the weights and configuration of a model or adapter."""
    key = hashlib.sha256()
    for file in sorted(folder.glob("*.safetensors")):
        with file.open("rb") as stream:
            key.update(hashlib.file_digest(stream, "sha256").digest())
    for file in sorted(folder.glob("*config.json")):
        content = json.loads(file.read_text(encoding="utf-8"))
        # Where the base lay when an adapter was trained does not change what it computes.
        content.pop("base_model_name_or_path", None)
        key.update(json.dumps(content, sort_keys=True).encode())
    return key.hexdigest()[:24]
