"""Stage `train` of the release: CoRL with far more than an ordinary run spends."""

import json
from collections.abc import Callable

import torch
from safetensors.torch import load_file, save_file

from remid.coevolve import released, rounds
from remid.coevolve.run import curve, phases, work_folder
from remid.store.project import Project
from remid.store.whole import write


def run(project: Project, *, log: Callable[[str], None] = print) -> None:
    """CoRL with `release.coevolve`; the chosen round's adapters, rounded to bfloat16, are kept."""
    own = project.with_params(coevolve=project.params.release.coevolve)
    for phase in phases(own, log=log):
        log(f"{phase.name}: {phase.run()}")
    folder, target = work_folder(own), own.layout.release
    chosen = rounds.chosen_round(folder)
    rounds.export(rounds.adapters(folder, chosen), target / "estimators")
    # Half the bytes. What is released is what was rounded: everything after this reads these files.
    for file in sorted((target / "estimators").rglob("*.safetensors")):
        save_file({k: v.to(torch.bfloat16) for k, v in load_file(file).items()}, file)
    write(target / "figures.json", json.dumps(rounds.figures(folder)) + "\n")
    write(target / released.CURVE, curve(folder).to_csv(index=False))
