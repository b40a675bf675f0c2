"""The splits on disk: a file each, and a manifest that describes them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.shifts.build import Built
from remid.store.whole import replacing_folder


def manifest(built: Built, *, seed: int, word_rate: float) -> dict[str, Any]:
    """Describe the splits: counts, the files' SHA-256, and the parents of every built dialogue.

    Shifts that are too small, and dialogues of no split, are named where there are any.
    """
    splits = built.splits
    described = {
        "seed": seed,
        "word_rate": word_rate,
        "splits": {
            name: {"dialogues": len(members), "sha256": _sha256(members)}
            for name, members in splits.items()
        },
        "parents": {d.id: list(d.parents) for m in splits.values() for d in m if d.parents},
    }
    # Later stages read what was left out from here: the page names it beside the figures.
    left_out = {"too_small": built.too_small, "left_out": dict(built.left_out)}
    return described | {name: found for name, found in left_out.items() if found}


def write_splits(
    splits: Mapping[str, Sequence[Dialogue]], folder: Path, described: Mapping[str, Any]
) -> None:
    """Write ``NAME.jsonl`` per split and ``manifest.json``; the folder is replaced whole."""
    with replacing_folder(folder) as part:
        for name, members in splits.items():
            jsonl.write(part / f"{name}.jsonl", members)
        # Written last into the folder; the folder takes its place whole in any case.
        text = json.dumps(described, indent=1, ensure_ascii=False) + "\n"
        (part / "manifest.json").write_text(text, encoding="utf-8")


def _sha256(members: Sequence[Dialogue]) -> str:
    digest = hashlib.sha256()
    for dialogue in members:
        digest.update(jsonl.encoded(dialogue))
    return digest.hexdigest()
