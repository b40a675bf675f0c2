"""Names of a user or a file that become a folder: the one place where they are looked at."""

import re

from remid.domain.errors import RemidError

LONGEST = 100
"""Characters of a name; file systems take 255 bytes, and suffixes are added."""
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
"""Names that mean a device on some systems."""


def folder_name(name: str) -> str:
    """Return the name if it can only ever be one folder inside of another.

    Raises
    ------
    RemidError
        For a path, a hidden or reserved name, one that is too long, or other characters.
    """
    # A letter or digit first: no '..', no hidden folder, nothing that a command takes for an option.
    # ASCII alone: what looks alike is alike, and no file system folds or reorders it.
    plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@-]*", name)
    if not plain or len(name) > LONGEST or RESERVED.fullmatch(name):
        shown = name if len(name) <= LONGEST else f"{name[:LONGEST]}..."
        raise RemidError(
            f"{shown!r} cannot name a model; use at most {LONGEST} letters, digits, '.', '_' and "
            "'-', as in my-model."
        )
    return name
