"""What identifies the weights in a folder, and work that depends on them."""

import hashlib
import json
from pathlib import Path

from remid.domain.errors import RemidError
from remid.store.reading import read_object

SETTINGS = ("config.json", "generation_config.json", "adapter_config.json")
"""Files that change what the same weights compute."""


def weights_fingerprint(folder: Path) -> str:
    """Hash the weights and settings of a base model, an encoder or an adapter.

    The weights are one file or several: a large model is saved in shards, named
    ``model-00001-of-0000N.safetensors``. The same weights in other shards have another hash.

    Raises
    ------
    RemidError
        When the folder holds no weights, or a file of settings is damaged.
    """
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise RemidError(
            f"{folder}: no model there (no .safetensors file); run `dvc repro`, which makes it, or "
            "name a folder that holds one."
        )
    key = hashlib.sha256()
    # Digests in the order of the names, so that shards count one after the other.
    for file in weights:
        key.update(digest(file))
    for name in SETTINGS:
        if not (folder / name).is_file():
            continue
        content = read_object(folder / name, "get or train this model again")
        # Where the base lay when an adapter was trained does not change what it computes.
        content.pop("base_model_name_or_path", None)
        # Sorted keys: the same settings in another order are the same settings.
        key.update(json.dumps(content, sort_keys=True).encode())
    # 96 bits: among a million models two meet by chance once in 10^17.
    return key.hexdigest()[:24]


def file_fingerprint(file: Path) -> str:
    """Hash a file's content."""
    return digest(file).hex()[:24]


def digest(file: Path) -> bytes:
    """SHA-256 of one file's content."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()
