"""One run of CoRL in a project: its phases, its folder, its training curve."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from remid.coevolve import rounds
from remid.coevolve.estimators import cold_start
from remid.coevolve.phases import split_held_out, steps
from remid.coevolve.setting import Setting
from remid.corpus.splits import read_split
from remid.domain.shift import ID_TRAIN
from remid.domain.streams import Stream, generator
from remid.lm.window import RESERVE, prompt_limit
from remid.store.cache import content_key
from remid.store.fingerprints import file_fingerprint, weights_fingerprint
from remid.store.project import Project
from remid.store.reading import read_rows
from remid.training import devices
from remid.training.progress import STEPS
from remid.training.step_cost import PARTS

COSTS = [f"{part}_{unit}" for unit in ("seconds", "tokens") for part in PARTS]
"""What the parts of a GRPO step cost."""


def phases(project: Project, *, log: Callable[[str], None]) -> Iterator[rounds.Phase]:
    """Yield CoRL's phases in order; each must be run before the next is asked for."""
    yield from rounds.phases(
        work_folder(project),
        steps(setting(project, log=log)),
        rounds=project.params.coevolve.rounds,
        patience=project.params.coevolve.patience,
    )


def setting(project: Project, *, log: Callable[[str], None]) -> Setting:
    """What the phases share, the held-out dialogues kept apart from those trained on."""
    params, layout = project.params, project.layout
    dialogues = read_split(layout, ID_TRAIN)
    train, held_out = split_held_out(
        dialogues, held_out=params.coevolve.held_out, rng=generator(params.seed, Stream.HELD_OUT)
    )
    return Setting(
        base=layout.base,
        params=params.coevolve,
        train=train,
        held_out=held_out,
        engine=devices.engine(params),
        lora=devices.lora(params),
        max_prompt_tokens=prompt_limit(
            layout.base, params.model.max_prompt_tokens, reserve=RESERVE
        ),
        token_budget=params.model.token_budget,
        seed=params.seed,
        start=cold_start(project),
        log=log,
    )


def work_folder(project: Project) -> Path:
    """Where unfinished work survives a kill: named by everything that changes the result."""
    params, layout = project.params, project.layout
    # Everything that changes the adapters, and nothing else: another key would train again for
    # nothing, a missing one would take an old run for this one.
    used = params.model_dump(include={"seed", "deepspeed", "coevolve"})
    # What the run starts from counts, not the name by which it was found.
    del used["coevolve"]["start"]
    for folder in cold_start(project) or ():
        used.setdefault("start", []).append(weights_fingerprint(folder))
    used["model"] = devices.resolved(params)
    used["lora"] = params.train.lora.model_dump()
    used["base"] = weights_fingerprint(layout.base)
    used["id_train"] = file_fingerprint(layout.split(ID_TRAIN))
    return layout.cache / "coevolve" / content_key(used)[:16]


def curve(folder: Path) -> pd.DataFrame:
    """One row per optimiser step of every training phase, in order."""
    # By time first, then by place in CoRL, (round, kind): a copied cache keeps the place alone.
    names = sorted(folder.glob(f"*/{STEPS}"), key=lambda file: file.parent.stat().st_mtime_ns)
    order = ["cold_reasoner", "cold_responder", "reasoner", "refresh", "responder"]

    def place(file: Path) -> tuple[int, int]:
        kind, _, k = file.parent.name.rpartition("_")
        name = file.parent.name
        return (0, order.index(name)) if name in order else (int(k), order.index(kind))

    rows: list[dict[str, object]] = []
    for file in sorted(names, key=place):
        remedy = f"remove the folder {file.parent} and run again: the phase is done anew"
        for row in read_rows(file, remedy, {"loss": float}):
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


def sample_traces(folder: Path, *, each: int = 5) -> list[dict[str, str]]:
    """Return the first held-out traces after each round."""
    return [
        {"phase": file.parent.name, **row}
        for file in sorted(folder.glob("held_out_*/traces.jsonl"))
        for row in read_rows(file, "remove it: it is written again", {"trace": str})[:each]
    ]
