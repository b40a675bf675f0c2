"""Command `doctor`: whether this machine and folder can run the pipeline."""

import platform
import shutil
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import psutil
import torch
from packaging.requirements import Requirement

from remid.domain.errors import RemidError
from remid.params import Params
from remid.stages.devices import device
from remid.stages.layout import Layout

DISK, MEMORY = 2e9, 8e9
"""Bytes within which a whole run of the default parameters stays."""
OK, WRONG, ABSENT = "ok", "WRONG", "absent"


def run(params: Params, layout: Layout) -> None:
    """Print one line per thing that the pipeline needs.

    Raises
    ------
    RemidError
        When something is wrong; what a command can get is merely absent.
    """
    wrong = []
    for state, name, found in _findings(params, layout):
        print(f"{state:7} {name:9} {found}")
        if state == WRONG:
            wrong.append(name)
    if wrong:
        raise RemidError(f"{', '.join(wrong)}: not as a run needs it (above); mend that first.")


def _findings(params: Params, layout: Layout) -> Iterator[tuple[str, str, str]]:
    yield OK, "python", platform.python_version()
    unmet = [told for text in metadata.requires("remid") or () if (told := _unmet(text))]
    yield WRONG if unmet else OK, "packages", "; ".join(unmet) or "as pyproject.toml asks"
    yield OK, "torch", f"{torch.__version__}, {torch.get_num_threads()} threads"
    try:
        yield OK, "device", f"{device(params)} (model.device is {params.model.device!r})"
    except RemidError as error:
        yield WRONG, "device", str(error)
    for name, free, needed in (
        ("disk", shutil.disk_usage(layout.root).free, DISK),
        ("memory", psutil.virtual_memory().available, MEMORY),
    ):
        enough = OK if free >= needed else WRONG
        yield enough, name, f"{free / 1e9:.1f} GB free, a run takes less than {needed / 1e9:.0f} GB"
    yield _present(layout.root / Path(params.data.path), "data", "`dvc pull data.dvc`")
    yield _present(layout.base / "config.json", "base", "`remid fetch`")
    yield _present(layout.encoder / "config.json", "encoder", "`remid fetch`")


def _present(file: Path, name: str, remedy: str) -> tuple[str, str, str]:
    return (OK, name, str(file)) if file.exists() else (ABSENT, name, f"{file}: {remedy} gets it")


def _unmet(text: str) -> str:
    wanted = Requirement(text)
    if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
        return ""
    try:
        found = metadata.version(wanted.name)
    except metadata.PackageNotFoundError:
        return f"{wanted.name} is not installed"
    fits = wanted.specifier.contains(found, prereleases=True)
    return "" if fits else f"{wanted.name} is {found}, not {wanted.specifier}"
