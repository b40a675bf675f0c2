"""A language model with its adapters, ready to score and to generate."""

import hashlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel, get_peft_model_state_dict
from safetensors import safe_open
from transformers import AutoModelForCausalLM

from remid.domain.errors import RemidError
from remid.lm.chat import Chat, learn
from remid.lm.cpu.allocator import keep_freed_memory
from remid.lm.dtypes import DTYPES
from remid.lm.loading import REMEDY, fault, load_tokenizer, load_weights
from remid.lm.weights import require_finite
from remid.store.fingerprints import weights_fingerprint
from remid.store.reading import first_line, read_object


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
    merged: str | None = None
    """Adapter that was added into the weights: it answers, and the base alone no longer can."""

    def identity(self, adapter: str | None) -> str:
        """Name the weights that answer when `adapter` is in use."""
        return self.fingerprint + (":" + self.adapters[adapter] if adapter else "")

    @contextmanager
    def using(self, adapter: str | None) -> Iterator[None]:
        """Answer with one adapter, or the base alone, in evaluation mode and without gradients.

        The adapter in use before, its gradients and the training mode are restored at exit, so
        that a reward can be computed in the middle of a training.
        """
        model = self.model
        if not isinstance(model, PeftModel):
            if adapter != self.merged:
                raise KeyError(adapter)
            with torch.inference_mode():
                yield
            return
        # 1. What a training in progress must find again.
        before, training = model.active_adapter, model.training
        model.eval()
        try:
            # 2. Not inference_mode: tensors made in it may never enter a graph, and peft changes
            # requires_grad of the adapters' weights here.
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
    def base(self) -> Any:
        """The model without peft's wrapper; adapters stay in its layers."""
        return self.model.get_base_model() if isinstance(self.model, PeftModel) else self.model

    @property
    def decoder(self) -> Any:
        """The model without its output head, adapters included."""
        return getattr(self.base, self.base.base_model_prefix)

    @property
    def dtype(self) -> torch.dtype:
        """Number format of the base's weights."""
        found: torch.dtype = self.base.dtype
        return found

    @property
    def kind(self) -> str:
        """``cuda`` or ``cpu``."""
        return "cuda" if self.device.startswith("cuda") else "cpu"

    @property
    def ends(self) -> frozenset[int]:
        """Tokens after which a generated text is finished."""
        named = self.base.generation_config.eos_token_id
        ids = named if isinstance(named, list) else [named]
        return frozenset(
            token
            for token in (self.chat.end_of_turn, self.chat.tokenizer.eos_token_id, *ids)
            if token is not None
        )

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """Logits in float32 at some hidden states (r, d), shape (r, v).

        Some families scale or cap what their head returns; `load` checks that nothing else is done.
        """
        logits: torch.Tensor = self.model.get_output_embeddings()(hidden).float()
        config = self.base.config.get_text_config()
        logits = logits * (getattr(config, "logit_scale", None) or 1.0)  # Cohere
        logits = logits / (getattr(config, "logits_scaling", None) or 1.0)  # Granite
        cap = getattr(config, "final_logit_softcapping", None)  # Gemma 2 and 3
        return cap * torch.tanh(logits / cap) if cap else logits

    @cached_property
    def packs(self) -> bool:
        """Whether the model takes a mask and positions of ours, so that replies can be packed.

        Not so with sliding windows, recurrent layers, position biases or kernels without masks.
        """
        config = self.base.config.get_text_config()
        # Old configurations name no layer types; they have full attention, or a sliding window.
        layers = set(getattr(config, "layer_types", None) or ["full_attention"])
        takes = inspect.signature(self.decoder.forward).parameters
        return (
            layers == {"full_attention"}
            and not (getattr(config, "sliding_window", None) and not hasattr(config, "layer_types"))
            and not getattr(config, "alibi", False)
            and config._attn_implementation in ("sdpa", "eager")
            and {"position_ids", "attention_mask", "past_key_values"} <= set(takes)
        )


def load_chat(path: Path) -> Chat:
    """Load only the tokenizer's chat format."""
    return learn(load_tokenizer(path))


def load(
    path: Path,
    *,
    adapters: Mapping[str, Path] | None = None,
    beneath: Sequence[Path] = (),
    dtype: str,
    device: str,
    merge: bool = False,
) -> LanguageModel:
    """Load a base model once, with any number of named adapters on it.

    Parameters
    ----------
    beneath : adapters that are added into the weights in this order before the named ones are put
        on: each was trained on the base with those before it in it.
    merge : add the adapter, if there is exactly one, into the weights, for a tenth of the time; in
        bfloat16 they are rounded once more, which moves a score no more than the rest of its
        arithmetic does.

    Raises
    ------
    RemidError
        When the folder is no model, or an adapter was made for another base.
    """
    if not (path / "config.json").is_file():
        raise RemidError(f"{path}: no model there (config.json is absent); run the fetch stage.")
    if device == "cpu":
        keep_freed_memory()
    model: Any = load_weights(AutoModelForCausalLM, path, dtype=DTYPES[dtype]).to(device)
    for place, folder in enumerate(beneath):
        model = _put_on(model, path, "beneath", folder, after=place).merge_and_unload()
    merged = next(iter(adapters)) if merge and adapters and len(adapters) == 1 else None
    for name, folder in (adapters or {}).items():
        model = _put_on(model, path, name, folder, after=len(beneath))
    if merged:
        model = model.merge_and_unload()
    model.eval()
    lm = wrap(
        model,
        load_tokenizer(path),
        device=device,
        weights=":".join([*map(weights_fingerprint, (path, *beneath)), dtype]),
        adapters={name: weights_fingerprint(folder) for name, folder in (adapters or {}).items()},
    )
    lm = replace(lm, merged=merged)
    _check_head(lm, path)
    return lm


def wrap(
    model: Any, tokenizer: Any, *, device: str, weights: str, adapters: Mapping[str, str]
) -> LanguageModel:
    """Make a LanguageModel of a model that is in memory, as in the middle of a training."""
    chat = learn(tokenizer)
    # Weights and template: either one changed gives other scores for the same text.
    key = hashlib.sha256(f"{weights}:{chat.fingerprint}".encode()).hexdigest()[:24]
    return LanguageModel(model, chat, device, key, dict(adapters))


def _put_on(model: Any, base: Path, name: str, folder: Path, *, after: int = 0) -> PeftModel:
    """Put an adapter on the base that it was trained on, `after` others that were merged into it."""
    within = f" with {after} of its chain merged" if after else ""
    unfit = f"{folder}: this adapter was not trained on the base model in {base}{within}"
    remedy = "train it again on this base, or name the base that it belongs to"
    if after:
        remedy = (
            "name the adapters in the order of their training, and the base that they belong to"
        )
    if not (folder / "adapter_config.json").is_file():
        raise RemidError(f"{folder}: no adapter there (adapter_config.json is absent); train it.")
    settings = read_object(folder / "adapter_config.json", "train it again, or get it back")
    trained_on = Path(settings.get("base_model_name_or_path") or base)
    # A base of the same shape takes the adapter without complaint, and answers with noise.
    # A merged base is in no folder that it could be compared with.
    elsewhere = (trained_on / "config.json").is_file() and trained_on.resolve() != base.resolve()
    if elsewhere and not after:
        if weights_fingerprint(trained_on) != weights_fingerprint(base):
            raise RemidError(f"{unfit} but on {trained_on}; {remedy}.")
    try:
        if isinstance(model, PeftModel):
            model.load_adapter(folder, adapter_name=name, autocast_adapter_dtype=False)
        else:
            model = PeftModel.from_pretrained(
                model, folder, adapter_name=name, autocast_adapter_dtype=False
            )
    # peft raises whatever its readers do; a damaged file comes before one that does not fit.
    except Exception as error:
        if damaged := fault(folder):
            raise RemidError(
                f"{folder}: this adapter is damaged ({damaged}); train it again."
            ) from error
        raise RemidError(f"{unfit} ({first_line(error)}); {remedy}.") from error
    weights = get_peft_model_state_dict(model, adapter_name=name)
    with safe_open(folder / "adapter_model.safetensors", framework="pt") as file:
        # Symmetric difference: in the file and not in the model, or the other way round.
        missing = set(weights) ^ set(file.keys())
    if missing:  # peft only warns, and leaves what is missing as it was initialised
        raise RemidError(f"{unfit} ({len(missing)} tensors differ in name); {remedy}.")
    require_finite(weights, f"{folder}: this adapter", "its training diverged, or it is damaged")
    return model


def _check_head(lm: LanguageModel, path: Path) -> None:
    """Compare our way to the logits with the model's own on a few tokens."""
    # Four tokens show a scale, a cap or a bias that `logits` does not know.
    ids = torch.arange(4, device=lm.device)[None]
    with torch.inference_mode():
        own = lm.model(input_ids=ids).logits[0].float()
        ours = lm.logits(lm.decoder(input_ids=ids).last_hidden_state[0])
    if not own.isfinite().all():
        raise RemidError(
            f"{path}: answers with values that are not finite: its weights are damaged; {REMEDY}."
        )
    if not torch.allclose(own, ours, rtol=0.02, atol=0.02 * float(own.abs().max())):
        raise RemidError(
            f"{path}: this architecture does something to its logits that remid does not know, so "
            "its likelihoods would be wrong; use another model."
        )
