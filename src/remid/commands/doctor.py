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
from remid.domain.output import Output, Unfit
from remid.lm import dtypes
from remid.params import Params
from remid.store.project import Project
from remid.training.devices import device, dtype

MINUTES, RATE = 30.0, 80.0
"""A run of the default parameters took so long where products came to so many GFLOP/s."""
DISK, MEMORY = 2, 8
"""Gigabytes within which a whole run of the default parameters stays."""


def run(project: Project) -> Output:
    """Return one line per thing; Unfit if one is wrong, not if a command can still get it."""
    # All of them before the verdict: one fault must not hide the next.
    findings = list(_findings(project))
    told = Output(
        {"findings": [dict(zip(("state", "name", "found"), row, strict=True)) for row in findings]},
        [f"{state:7} {name:9} {found}" for state, name, found in findings],
    )
    if wrong := [name for state, name, _ in findings if state == "WRONG"]:
        raise Unfit(f"{', '.join(wrong)}: not as a run needs it (above); mend that first.", told)
    return told


def _findings(project: Project) -> Iterator[tuple[str, str, str]]:
    params, layout = project.params, project.layout
    yield "ok", "python", platform.python_version()
    unmet = [told for text in metadata.requires("remid") or () if (told := _unmet(text))]
    yield "WRONG" if unmet else "ok", "packages", "; ".join(unmet) or "as pyproject.toml asks"
    yield "ok", "torch", f"{torch.__version__}, {torch.get_num_threads()} threads"
    try:
        yield "ok", "device", f"{device(params)} (model.device is {params.model.device!r})"
        yield from _numbers(params)
    except RemidError as error:
        yield "WRONG", "device", str(error)
    disk, memory = shutil.disk_usage(layout.root).free, psutil.virtual_memory().available
    # Free now: other programs may take theirs away again.
    for name, free, most in (("disk", disk, DISK), ("memory", memory, MEMORY)):
        told = f"{free / 1e9:.1f} GB free, a run takes less than {most} GB"
        yield "ok" if free >= most * 1e9 else "WRONG", name, told
    for name, file, remedy in (
        ("data", layout.root / Path(params.data.path), "`dvc pull data.dvc`"),
        ("base", layout.base / "config.json", "`remid fetch`"),
        ("encoder", layout.encoder / "config.json", "`remid fetch`"),
    ):
        yield "ok" if file.exists() else "absent", name, f"{file} ({remedy} gets it)"


def _numbers(params: Params) -> Iterator[tuple[str, str, str]]:
    """Which number format is used, how fast each is here, and what a run takes at that rate."""
    place = device(params)
    used = dtype(params)
    rates = {name: dtypes.product_rate(name, place) for name in ("float32", "bfloat16")}
    native = "" if dtypes.native_bfloat16(place) else " (emulated)"
    yield "ok", "dtype", f"{used} (model.dtype is {params.model.dtype!r})"
    told = ", ".join(
        f"{name} {rate:.0f} GFLOP/s{native if name == 'bfloat16' else ''}"
        for name, rate in rates.items()
    )
    yield "ok", "products", told
    # Most of a run is products, so its time goes with one over their rate.
    minutes = MINUTES * RATE / rates[used]
    yield (
        "ok",
        "duration",
        f"about {minutes:.0f} minutes for `dvc repro` with the default parameters",
    )


def _unmet(text: str) -> str:
    wanted = Requirement(text)
    # Requirements of extras and of other systems do not count here.
    if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
        return ""
    found = [known.version for known in metadata.distributions(name=wanted.name)]
    fits = any(version in wanted.specifier for version in found[:1])
    return "" if fits else f"{text} is wanted, found {', '.join(found) or 'none'}"
