"""Stage `coevolve`: CoRL, from id_train to the two estimators."""

import json
from collections.abc import Callable

from remid.coevolve import rounds
from remid.coevolve.run import curve, phases, work_folder
from remid.store.project import Project
from remid.store.whole import write


def run(project: Project, *, log: Callable[[str], None] = print) -> None:
    """Run every phase that is not finished yet, then export."""
    # A generator: whether another round comes depends on the perplexity of the last.
    for phase in phases(project, log=log):
        log(f"{phase.name}: {phase.run()}")
    finish(project)


def finish(project: Project) -> dict[str, float]:
    """Export the chosen round's adapters and write the metrics and the training curve."""
    layout, folder = project.layout, work_folder(project)
    chosen = rounds.chosen_round(folder)
    rounds.export(rounds.adapters(folder, chosen), layout.estimators)
    # Every round's, not only the chosen one's: a round that did not help is to be seen.
    perplexities = rounds.held_out_perplexities(folder)
    figures: dict[str, float] = {"round": float(chosen)}
    for k, value in enumerate(perplexities):
        figures[f"perplexity.held_out.round_{k}"] = value
        marker = rounds.read_marker(folder / f"held_out_{k}")
        figures[f"well_formed.round_{k}"] = marker["well_formed"]
    write(layout.metrics / "coevolve.json", json.dumps(figures, indent=1) + "\n")
    write(layout.plots / "coevolve.csv", curve(folder).to_csv(index=False))
    return figures
