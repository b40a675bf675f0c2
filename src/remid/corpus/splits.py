"""The one place where the splits of a project are read."""

from typing import Any

from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.shift import ID_TRAIN
from remid.store.layout import Layout
from remid.store.reading import read_object


def read_split(layout: Layout, split: str) -> list[Dialogue]:
    """Read the dialogues of one split."""
    return list(jsonl.read(layout.split(split)))


def split_names(layout: Layout) -> tuple[str, ...]:
    """Name the splits that there are, in the order of the tables, the training split first.

    Raises
    ------
    RemidError
        When there are none yet.
    """
    # What was built is what is measured: no later stage asks what was declared.
    return tuple(read_manifest(layout)["splits"])


def read_splits(layout: Layout) -> dict[str, list[Dialogue]]:
    """Read all splits."""
    return {name: read_split(layout, name) for name in split_names(layout)}


def read_tests(layout: Layout) -> dict[str, list[Dialogue]]:
    """Read every test split; a dialogue must be in one of them only.

    Raises
    ------
    RemidError
        Naming a dialogue that is in two, or a split without one.
    """
    splits = {name: read_split(layout, name) for name in split_names(layout) if name != ID_TRAIN}
    for split, members in splits.items():
        if not members:
            raise RemidError(
                f"{layout.split(split)}: holds no dialogue, so nothing can be measured on it; add "
                "some to the corpus and run `remid split` again."
            )
    seen: dict[str, str] = {}
    for split, members in splits.items():
        for dialogue in members:
            if dialogue.id in seen:
                raise RemidError(
                    f"dialogue {dialogue.id!r} is in {seen[dialogue.id]} and in {split}; give "
                    "every dialogue its own id and run the split stage again."
                )
            seen[dialogue.id] = split
    return splits


def read_manifest(layout: Layout) -> dict[str, Any]:
    """Read how the splits were made: counts, hashes, and the parents of constructed dialogues.

    Raises
    ------
    RemidError
        When there are no splits yet, or the file is damaged.
    """
    return read_object(layout.splits / "manifest.json", "run `remid split`, which writes it again")
