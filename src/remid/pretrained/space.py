"""Room on the disk, asked for before anything is written."""

import shutil
from pathlib import Path

from remid.domain.errors import RemidError


def require_space(folder: Path, needed: int) -> None:
    """Refuse work for which the disk of `folder`, which need not exist yet, has no room.

    Raises
    ------
    RemidError
        Naming what is free and what is needed, in bytes.
    """
    # disk_usage wants a folder that exists: the nearest one above is on the same disk.
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise RemidError(
            f"{folder.absolute()}: {free / 1e9:.2f} GB free on this disk, {needed / 1e9:.2f} GB "
            "needed for the model; free some space or move the project."
        )
