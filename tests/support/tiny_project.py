"""A project folder with the tiny model and a few dialogues, on which `coevolve` runs in seconds."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from declared import TEST_SPLITS

from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue, Turn
from remid.domain.shift import ID_TRAIN
from remid.lm import tiny
from remid.params import Params
from remid.store.layout import Layout

TINY: Mapping[str, Any] = {
    "model": {"dtype": "float32", "device": "cpu", "max_prompt_tokens": 600},
    "deepspeed": {"ranks": 1, "stage": 2},
    "coevolve": {
        "rounds": 1,
        "held_out": 3,
        "cold_start": {"dialogues": 6, "epochs": 1, "batch": 2},
        "refresh": {"dialogues": 4, "epochs": 1, "batch": 2},
        "reasoner": {"prompts": 3, "rollouts": 2, "batch": 1, "max_tokens": 8},
        "responder": {"prompts": 3, "rollouts": 2, "batch": 1, "max_tokens": 8},
    },
}


def params(**over: Any) -> Params:
    """Read the project's own parameters, made small."""
    raw = yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text(encoding="utf-8"))
    return Params.model_validate(_merge(_merge(raw, TINY), over))


def build(root: Path, *, dialogues: int = 12) -> Layout:
    """Write the base model and the splits; the text of every dialogue holds its id."""
    layout = Layout(root)
    tiny.build_tiny(layout.base, style="chatml", seed=1, spread=0.15)
    for split in (ID_TRAIN, *TEST_SPLITS):
        layout.split(split).parent.mkdir(parents=True, exist_ok=True)
        name = split.replace("/", "-")
        jsonl.write(layout.split(split), [dialogue(f"{name}-{k:02}") for k in range(dialogues)])
    write_manifest(layout, (ID_TRAIN, *TEST_SPLITS))
    return layout


def write_manifest(layout: Layout, splits: Iterable[str], **more: Any) -> None:
    """Name the splits that there are, as the split stage does."""
    counts = {
        name: {"dialogues": len(list(jsonl.read(layout.split(name)))), "sha256": ""}
        for name in splits
    }
    described = {"seed": 1, "splits": counts, "parents": {}, **more}
    (layout.splits / "manifest.json").write_text(json.dumps(described))


def dialogue(key: str) -> Dialogue:
    """Make a dialogue whose every field names it."""
    return Dialogue(
        id=key,
        persona=f"user of {key}",
        character=f"keeper of {key}",
        context=(
            Turn("user", f"hello {key}"),
            Turn("character", f"this is {key}"),
            Turn("user", f"and {key}?"),
        ),
        reference=f"yes, {key}",
        trace=f"## User\n{key}\n## Character\nb\n## Dialogue\nc\n## Features\n- says {key}",
    )


def _merge(base: Any, over: Mapping[str, Any]) -> Any:
    merged = dict(base)
    for key, value in over.items():
        merged[key] = _merge(base[key], value) if isinstance(value, Mapping) else value
    return merged
