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

DISK, MEMORY = 2, 8
"""Gigabytes within which a whole run of the default parameters stays."""


def run(params: Params, layout: Layout) -> None:
    """Print one line per thing; RemidError if one is wrong, not if a command can still get it."""
    findings = list(_findings(params, layout))
    for state, name, found in findings:
        print(f"{state:7} {name:9} {found}")
    if wrong := [name for state, name, _ in findings if state == "WRONG"]:
        raise RemidError(f"{', '.join(wrong)}: not as a run needs it (above); mend that first.")


def _findings(params: Params, layout: Layout) -> Iterator[tuple[str, str, str]]:
    yield "ok", "python", platform.python_version()
    unmet = [told for text in metadata.requires("remid") or () if (told := _unmet(text))]
    yield "WRONG" if unmet else "ok", "packages", "; ".join(unmet) or "as pyproject.toml asks"
    yield "ok", "torch", f"{torch.__version__}, {torch.get_num_threads()} threads"
    try:
        yield "ok", "device", f"{device(params)} (model.device is {params.model.device!r})"
    except RemidError as error:
        yield "WRONG", "device", str(error)
    disk, memory = shutil.disk_usage(layout.root).free, psutil.virtual_memory().available
    for name, free, most in (("disk", disk, DISK), ("memory", memory, MEMORY)):
        told = f"{free / 1e9:.1f} GB free, a run takes less than {most} GB"
        yield "ok" if free >= most * 1e9 else "WRONG", name, told
    data, get = layout.root / Path(params.data.path), "`remid fetch`"
    for name, file, remedy in (
        ("data", data, "`dvc pull data.dvc`"),
        ("base", layout.base / "config.json", get),
        ("encoder", layout.encoder / "config.json", get),
    ):
        there = file.exists()
        yield "ok" if there else "absent", name, f"{file}" + f": {remedy} gets it" * (not there)


def _unmet(text: str) -> str:
    wanted = Requirement(text)
    if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
        return ""
    found = metadata.version(wanted.name)
    return "" if found in wanted.specifier else f"{wanted.name} {found} is not {wanted.specifier}"
