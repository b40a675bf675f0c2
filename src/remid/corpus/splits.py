"""The one place where the splits of a project are read."""

from collections.abc import Iterable
from typing import Any

from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.shift import ALL_SPLITS, OPTIONAL, TEST_SPLITS
from remid.store.layout import Layout
from remid.store.reading import read_object


def read_split(layout: Layout, split: str) -> list[Dialogue]:
    """Read the dialogues of one split."""
    return list(jsonl.read(layout.split(split)))


def read_splits(layout: Layout, names: Iterable[str] = ALL_SPLITS) -> dict[str, list[Dialogue]]:
    """Read several splits, all of them by default; one that a corpus need not have may be absent."""
    return {
        name: read_split(layout, name)
        for name in names
        if name not in OPTIONAL or layout.split(name).exists()
    }


def read_tests(layout: Layout) -> dict[str, list[Dialogue]]:
    """Read every test split; a dialogue must be in one of them only.

    Raises
    ------
    RemidError
        Naming a dialogue that is in two, or a split without one.
    """
    splits = read_splits(layout, TEST_SPLITS)
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
    """Read how the splits were made: counts, hashes, and the parents of constructed dialogues."""
    return read_object(layout.splits / "manifest.json", "run `remid split`, which writes it again")
