"""The order of CoRL's phases, each finished once and never repeated."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from remid.store.reading import read_object
from remid.store.whole import replacing_folder, write

REASONER = "reasoner"
RESPONDER = "responder"
COLD = "cold"
"""Adapter name of the frozen cold-start responder."""


@dataclass(frozen=True)
class Phase:
    """One step of CoRL: a folder that holds ``done.json`` once the step is finished."""

    name: str
    folder: Path
    action: Callable[[Path], dict[str, float]]
    """Does the step in the folder and returns its figures."""

    @property
    def marker(self) -> Path:
        """Written last."""
        return self.folder / "done.json"

    def run(self) -> dict[str, float]:
        """Do the step unless it was done before; return its figures."""
        if not self.marker.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            # The marker is written after all else, whole: a phase without one is done again.
            write(self.marker, json.dumps(self.action(self.folder)))
        return read_marker(self.folder)


@dataclass(frozen=True)
class Steps:
    """What each kind of phase does, given the adapters it starts from."""

    cold_reasoner: Callable[[Path], dict[str, float]]
    cold_responder: Callable[[Path], dict[str, float]]
    grpo_reasoner: Callable[[Path, "Adapters"], dict[str, float]]
    refresh: Callable[[Path, "Adapters"], dict[str, float]]
    grpo_responder: Callable[[Path, "Adapters"], dict[str, float]]
    held_out: Callable[[Path, "Adapters"], dict[str, float]]
    """Returns ``perplexity``, that of the held-out reference replies."""


@dataclass(frozen=True)
class Adapters:
    """Folders of the two estimators and of the frozen cold-start responder."""

    reasoner: Path
    responder: Path
    cold_reasoner: Path
    cold_responder: Path


def phases(folder: Path, steps: Steps, *, rounds: int, patience: int) -> Iterator[Phase]:
    """Yield the phases in order; each must be run before the next is asked for.

    Stops after `rounds`, or when the held-out perplexity has not fallen for `patience` rounds.
    """
    yield Phase("cold start of the reasoner", folder / "cold_reasoner", steps.cold_reasoner)
    yield Phase("cold start of the responder", folder / "cold_responder", steps.cold_responder)
    now = adapters(folder, 0)
    yield Phase("held-out perplexity, round 0", folder / "held_out_0", _bind(steps.held_out, now))
    for k in range(1, rounds + 1):
        if patience_spent(folder, k - 1, patience=patience):
            return
        yield Phase(
            f"reasoner, round {k}", folder / f"reasoner_{k}", _bind(steps.grpo_reasoner, now)
        )
        after = adapters(folder, k)
        # Half a round on: the new reasoner beside the responder as it was.
        half = Adapters(after.reasoner, now.responder, now.cold_reasoner, now.cold_responder)
        yield Phase(f"refresh, round {k}", folder / f"refresh_{k}", _bind(steps.refresh, half))
        refreshed = Adapters(
            after.reasoner,
            folder / f"refresh_{k}" / RESPONDER,
            now.cold_reasoner,
            now.cold_responder,
        )
        yield Phase(
            f"responder, round {k}",
            folder / f"responder_{k}",
            _bind(steps.grpo_responder, refreshed),
        )
        now = after
        yield Phase(
            f"held-out perplexity, round {k}", folder / f"held_out_{k}", _bind(steps.held_out, now)
        )


def adapters(folder: Path, k: int) -> Adapters:
    """Where the adapters of round `k` are; round 0 is the cold start."""
    cold_reasoner = folder / "cold_reasoner" / REASONER
    cold_responder = folder / "cold_responder" / RESPONDER
    return Adapters(
        folder / f"reasoner_{k}" / REASONER if k else cold_reasoner,
        folder / f"responder_{k}" / RESPONDER if k else cold_responder,
        cold_reasoner,
        cold_responder,
    )


def held_out_perplexities(folder: Path) -> list[float]:
    """Perplexity after each finished round, the cold start first."""
    found: list[float] = []
    # Rounds are finished in order, so the first that lacks a marker ends the list.
    while (marker := folder / f"held_out_{len(found)}" / "done.json").exists():
        found.append(float(read_marker(marker.parent)["perplexity"]))
    return found


def read_marker(folder: Path) -> dict[str, float]:
    """Read the figures of a finished phase.

    Raises
    ------
    RemidError
        When its marker is damaged.
    """
    return read_object(
        folder / "done.json", f"remove the folder {folder} and run again: the phase is done anew"
    )


def patience_spent(folder: Path, last: int, *, patience: int) -> bool:
    """Whether the best of rounds 0..last lies `patience` rounds back."""
    perplexities = held_out_perplexities(folder)[: last + 1]
    # argmin is the first of equals: a round that only equals the best counts as no progress.
    return last - int(np.argmin(perplexities)) >= patience


def chosen_round(folder: Path) -> int:
    """The round whose adapters are kept: lowest held-out perplexity among those with RL.

    Round 0 is kept only when no round was run, so that `full` never silently means the cold
    start; the metrics show both perplexities.
    """
    perplexities = held_out_perplexities(folder)
    if len(perplexities) == 1:
        return 0
    return 1 + int(np.argmin(perplexities[1:]))


def figures(folder: Path) -> dict[str, float]:
    """Perplexity and share of well-formed traces of every round, and the round that is kept.

    Every round's, not only the chosen one's: a round that did not help is to be seen.
    """
    found = {"round": float(chosen_round(folder))}
    for k, value in enumerate(held_out_perplexities(folder)):
        marker = read_marker(folder / f"held_out_{k}")
        found[f"perplexity.held_out.round_{k}"] = value
        found[f"well_formed.round_{k}"] = marker["well_formed"]
    return found


def export(chosen: Adapters, target: Path) -> None:
    """Copy the adapters to `target`, replaced whole."""
    with replacing_folder(target) as part:
        for name in ("reasoner", "responder", "cold_reasoner", "cold_responder"):
            shutil.copytree(getattr(chosen, name), part / name)


def _bind(
    action: Callable[[Path, Adapters], dict[str, float]], start: Adapters
) -> Callable[[Path], dict[str, float]]:
    return lambda folder: action(folder, start)
