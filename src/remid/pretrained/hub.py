"""Files of a hub at one commit: what was measured with them can be measured again."""

import glob
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError

from remid.domain.errors import RemidError
from remid.store.reading import first_line

SCHEME = "hub:"
PATTERNS = ["*.json", "*.safetensors", "*.txt", "*.jinja", "*.model"]
"""Files of a model that are taken."""
_PINNED = re.compile(r"(?P<name>[^/@:]+/[^/@:]+)@(?P<revision>[^/@]*)(?:/(?P<folder>.+))?")
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Pinned:
    """``hub:OWNER/NAME@REVISION``, or a folder below it."""

    name: str
    revision: str
    folder: str = ""

    def __str__(self) -> str:
        below = f"/{self.folder}" if self.folder else ""
        return f"{SCHEME}{self.name}@{self.revision}{below}"


def parse_pinned(text: str) -> Pinned:
    """Read ``hub:OWNER/NAME@REVISION`` or ``hub:OWNER/NAME@REVISION/FOLDER``.

    Raises
    ------
    RemidError
        Without a revision, or with one that may move: branches and tags do.
    """
    rest = text.removeprefix(SCHEME)
    found = _PINNED.fullmatch(rest)
    if found is None or not _COMMIT.fullmatch(found["revision"]):
        raise RemidError(
            f"{text}: no commit of the hub is named there; write hub:OWNER/NAME@REVISION with the 40 "
            "hex digits of a commit, since branches and tags move."
        )
    folder = (found["folder"] or "").strip("/")
    if ".." in folder.split("/"):
        raise RemidError(f"{text}: a folder of the repository may not lead out of it; correct it.")
    return Pinned(found["name"], found["revision"], folder)


def bring(pinned: Pinned, patterns: Sequence[str], *, needed: Sequence[str]) -> Path:
    """Return the folder of a pinned repository, downloaded unless the hub's cache has it.

    Parameters
    ----------
    patterns : of the files that are taken, below the folder.
    needed : files without which the folder is not whole; a download that was cut lacks some.

    Raises
    ------
    RemidError
        When it cannot be reached, or has no such files.
    """
    # Names of checkpoints have brackets, which a pattern reads as a choice of characters.
    own = glob.escape(pinned.folder) + "/" if pinned.folder else ""
    chosen = [own + pattern for pattern in patterns]

    def snapshot(*, local: bool) -> Path:
        root = snapshot_download(
            pinned.name, revision=pinned.revision, allow_patterns=chosen, local_files_only=local
        )
        return Path(root) / pinned.folder

    try:
        # A commit does not change: what is here is what is there, and needs no network.
        folder = snapshot(local=True)
    except (OSError, ValueError):
        folder = None
    if folder is None or not _whole(folder, needed):
        try:
            folder = snapshot(local=False)
        except (HfHubHTTPError, httpx.HTTPError, OSError, ValueError) as error:
            raise RemidError(
                f"{pinned} could not be fetched ({first_line(error)}); check name, commit and "
                "network, unset HF_HUB_OFFLINE, or set HF_TOKEN for a gated repository."
            ) from error
    if not _whole(folder, needed):
        raise RemidError(f"{pinned}: has no {' or no '.join(needed)} there; correct the folder.")
    return folder


def _whole(folder: Path, needed: Sequence[str]) -> bool:
    return all((folder / name).is_file() for name in needed)
