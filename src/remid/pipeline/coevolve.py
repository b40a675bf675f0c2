"""Stage `coevolve`: CoRL, from id_train to the two estimators."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from remid.coevolve import phases as work
from remid.coevolve import rounds
from remid.corpus import jsonl
from remid.domain.shift import ID_TRAIN
from remid.params import Params
from remid.store.layout import Layout, write
from remid.training import devices
from remid.training.run import STEPS
from remid.training.step_cost import PARTS

COSTS = [f"{part}_{unit}" for unit in ("seconds", "tokens") for part in PARTS]
"""What the parts of a GRPO step cost."""


def run(params: Params, layout: Layout, *, log: Callable[[str], None] = print) -> None:
    """Run every phase that is not finished yet, then export."""
    for phase in phases(params, layout, log=log):
        log(f"{phase.name}: {phase.run()}")
    finish(params, layout)


def phases(params: Params, layout: Layout, *, log: Callable[[str], None]) -> Iterator[rounds.Phase]:
    """Yield CoRL's phases in order; each must be run before the next is asked for."""
    yield from rounds.phases(
        work_folder(params, layout),
        work.steps(setting(params, layout, log=log)),
        rounds=params.coevolve.rounds,
        patience=params.coevolve.patience,
    )


def setting(params: Params, layout: Layout, *, log: Callable[[str], None]) -> work.Setting:
    """What the phases share, the held-out dialogues kept apart from those trained on."""
    dialogues = list(jsonl.read(layout.split(ID_TRAIN)))
    train, held_out = work.split_held_out(
        dialogues, held_out=params.coevolve.held_out, rng=np.random.default_rng([params.seed, 3])
    )
    return work.Setting(
        base=layout.base,
        params=params.coevolve,
        train=train,
        held_out=held_out,
        engine=devices.engine(params),
        lora=devices.lora(params),
        max_prompt_tokens=params.model.max_prompt_tokens,
        token_budget=params.model.token_budget,
        seed=params.seed,
        log=log,
    )


def work_folder(params: Params, layout: Layout) -> Path:
    """Where unfinished work survives a kill: named by everything that changes the result."""
    used = params.model_dump(include={"seed", "model", "deepspeed", "coevolve"})
    used["lora"] = params.train.lora.model_dump()
    key = hashlib.sha256(json.dumps(used, sort_keys=True).encode())
    for file in (layout.split(ID_TRAIN), layout.base / "model.safetensors"):
        with file.open("rb") as stream:
            key.update(hashlib.file_digest(stream, "sha256").digest())
    return layout.cache / "coevolve" / key.hexdigest()[:16]


def finish(params: Params, layout: Layout) -> dict[str, float]:
    """Export the chosen round's adapters and write the metrics and the training curve."""
    folder = work_folder(params, layout)
    chosen = rounds.chosen_round(folder)
    rounds.export(rounds.adapters(folder, chosen), layout.estimators)
    perplexities = rounds.held_out_perplexities(folder)
    figures: dict[str, float] = {"round": float(chosen)}
    for k, value in enumerate(perplexities):
        figures[f"perplexity.held_out.round_{k}"] = value
        marker = json.loads((folder / f"held_out_{k}" / "done.json").read_text(encoding="utf-8"))
        figures[f"well_formed.round_{k}"] = marker["well_formed"]
    layout.metrics.mkdir(exist_ok=True)
    write(layout.metrics / "coevolve.json", json.dumps(figures, indent=1) + "\n")
    layout.plots.mkdir(exist_ok=True)
    curve(folder).to_csv(layout.plots / "coevolve.csv", index=False)
    return figures


def track(params: Params, layout: Layout) -> str:
    """Log the run to MLflow; returns its run id."""
    from remid.tracking import runs as tracker

    folder = work_folder(params, layout)
    figures = json.loads((layout.metrics / "coevolve.json").read_text(encoding="utf-8"))
    steps = [
        {key: value for key, value in row.items() if isinstance(value, int | float)}
        for row in curve(folder).to_dict("records")
    ]
    traces = [
        {"phase": file.parent.name, **json.loads(line)}
        for file in sorted(folder.glob("held_out_*/traces.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()[:5]
    ]
    return tracker.coevolution(params, layout, steps, figures, traces)


def curve(folder: Path) -> pd.DataFrame:
    """One row per optimiser step of every training phase, in order."""
    names = sorted(folder.glob(f"*/{STEPS}"), key=lambda file: file.parent.stat().st_mtime_ns)
    order = ["cold_reasoner", "cold_responder", "reasoner", "refresh", "responder"]

    def place(file: Path) -> tuple[int, int]:
        kind, _, k = file.parent.name.rpartition("_")
        name = file.parent.name
        return (0, order.index(name)) if name in order else (int(k), order.index(kind))

    rows: list[dict[str, object]] = []
    for file in sorted(names, key=place):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            rows.append(
                {
                    "step": len(rows) + 1,
                    "phase": file.parent.name,
                    "loss": row["loss"],
                    "reward": row.get("reward"),
                    "reward_std": row.get("reward_std"),
                    "no_spread": row.get("frac_reward_zero_std"),
                    "length": row.get("completions/mean_length"),
                    "clipped": row.get("completions/clipped_ratio"),
                    "clip_ratio": row.get("clip_ratio/region_mean"),
                    "kl": row.get("kl"),
                    **{k: v for k, v in row.items() if k.startswith("rewards/")},
                    **{k: v for k, v in row.items() if k in COSTS},
                }
            )
    return pd.DataFrame(rows)
