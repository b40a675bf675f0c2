"""All splits of the benchmark, constructed from the corpus, deterministic in the seed."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.shift import ALL_SPLITS, ID_TEST
from remid.shifts.composition import TURN_LEVEL, WORD_LEVEL, turn_level, word_level

Splits = Mapping[str, Sequence[Dialogue]]


def build(dialogues: Iterable[Dialogue], *, seed: int, word_rate: float) -> dict[str, list[Dialogue]]:
    """Sort the corpus by split and construct the composition shifts from ``id_test``.

    Raises
    ------
    RemidError
        For an unknown split, an id used twice, or a split without dialogues.
    """
    splits: dict[str, list[Dialogue]] = {name: [] for name in ALL_SPLITS}
    seen: set[str] = set()
    for dialogue in dialogues:
        if dialogue.split not in splits or dialogue.split in (TURN_LEVEL, WORD_LEVEL):
            written = ", ".join(name for name in ALL_SPLITS if name not in (TURN_LEVEL, WORD_LEVEL))
            raise RemidError(
                f"dialogue {dialogue.id!r}: split {dialogue.split!r} is unknown; expected one of {written}."
            )
        if dialogue.id in seen:
            raise RemidError(f"dialogue {dialogue.id!r} occurs twice; give every dialogue its own id.")
        seen.add(dialogue.id)
        splits[dialogue.split].append(dialogue)
    splits[TURN_LEVEL] = turn_level(splits[ID_TEST])
    splits[WORD_LEVEL] = word_level(splits[ID_TEST], rate=word_rate, seed=seed)
    empty = [name for name, members in splits.items() if not members]
    if empty:
        raise RemidError(
            f"no dialogue for the splits {', '.join(empty)}; every split needs some: add dialogues with "
            "that `split` (turn_level needs pairs of id_test dialogues of one persona and character)."
        )
    order = np.random.default_rng([seed, 0])
    return {name: [m[k] for k in order.permutation(len(m))] for name, m in splits.items()}


def manifest(splits: Splits, *, seed: int, word_rate: float) -> dict[str, Any]:
    """Describe the splits: counts, content hashes, and the parents of every built dialogue."""
    return {
        "seed": seed,
        "word_rate": word_rate,
        "splits": {
            name: {
                "dialogues": len(members),
                "sha256": hashlib.sha256(
                    b"\n".join(msgspec.json.encode(dialogue) for dialogue in members)
                ).hexdigest(),
            }
            for name, members in splits.items()
        },
        "parents": {d.id: list(d.parents) for m in splits.values() for d in m if d.parents},
    }


def write_splits(splits: Splits, folder: Path, described: Mapping[str, Any]) -> None:
    """Write a file per split and the manifest; the folder is replaced whole."""
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    for name, members in splits.items():
        jsonl.write(part / f"{name}.jsonl", members)
    (part / "manifest.json").write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(part, folder)
