"""Killed outright at ten moments and started again, CoRL ends where it would have ended."""

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import forked
import numpy as np
import pandas as pd
import pytest
import tiny_project

from remid.store.layout import Layout
from remid.store.project import Project
from remid.training.checkpoints import WHOLE
from remid.training.progress import STEPS, read_steps

TRAININGS = ("cold_reasoner", "cold_responder", "reasoner_1", "refresh_1", "responder_1")


def stage(root: str) -> None:
    """Run the stage in a process of its own, with a checkpoint after every step."""
    from remid.pipeline import coevolve
    from remid.training.start import launch

    plain = launch.launch
    launch.launch = lambda job, module, *, log: plain(replace(job, save_steps=1), module, log=log)
    coevolve.run(Project(tiny_project.params(), Layout(Path(root))))


@dataclass(frozen=True)
class Moment:
    """When a run is killed: `delay` seconds after something is seen in the work folder."""

    what: str
    seen: Callable[[Path], bool]
    delay: float


def moments(rng: np.random.Generator) -> list[Moment]:
    """Ten moments: in every training within some step, and in its second checkpoint."""

    def made(phase: str, steps: int) -> Callable[[Path], bool]:
        return lambda work: (
            (work / phase / "job.json").exists()
            and (len(read_steps(work / phase / STEPS)) >= steps)
        )

    def second_checkpoint(phase: str) -> Callable[[Path], bool]:
        return lambda work: set(checkpoints(work / phase).values()) == {True, False}

    found = []
    for phase in TRAININGS:
        steps = int(rng.integers(0, 3 if phase != "refresh_1" else 2))
        found.append(Moment(f"after step {steps}", made(phase, steps), rng.uniform(0.0, 0.1)))
        inside = rng.uniform(0.0, 0.02)
        found.append(Moment(f"in a checkpoint of {phase}", second_checkpoint(phase), inside))
    return found


def checkpoints(folder: Path) -> dict[str, bool]:
    """Name of each checkpoint, and whether it is whole."""
    found = sorted(folder.glob("checkpoint-*"))
    return {f"{path.parent.name} {path.name}": (path / WHOLE).exists() for path in found}


def killed(root: Path, moment: Moment) -> dict[str, bool]:
    """Run the stage and kill its whole group at the moment; returns the checkpoints it left."""
    process = forked.start(stage, str(root))
    assert process.pid is not None
    deadline = time.monotonic() + 600
    while process.is_alive():
        works = list((root / ".cache" / "coevolve").glob("*"))
        leads = os.getpgid(process.pid) == process.pid
        if leads and works and moment.seen(works[0]):
            time.sleep(moment.delay)
            break
        assert time.monotonic() < deadline, moment.what
        time.sleep(0.001)
    assert process.is_alive(), f"ended before: {moment.what}"
    os.killpg(process.pid, signal.SIGKILL)
    process.join()
    [work] = (root / ".cache" / "coevolve").glob("*")
    return {name: whole for phase in TRAININGS for name, whole in checkpoints(work / phase).items()}


def outcome(root: Path) -> tuple[dict[str, bytes], dict[str, float], pd.DataFrame]:
    """What a run leaves: adapters, metrics, and the curve without what is timed."""
    layout = Layout(root)
    adapters = {
        file.parent.name: file.read_bytes()
        for file in sorted(layout.estimators.glob("*/adapter_model.safetensors"))
    }
    metrics = json.loads((layout.metrics / "coevolve.json").read_text(encoding="utf-8"))
    curve = pd.read_csv(layout.plots / "coevolve.csv")
    timed = [name for name in curve if "second" in name or "time" in name]
    return adapters, metrics, curve.drop(columns=timed)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_killed_at_ten_moments_it_ends_with_the_same_adapters_and_metrics(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for root in (whole, broken):
        tiny_project.build(root)
    process = forked.start(stage, str(whole))
    process.join()
    assert process.exitcode == 0

    left = [killed(broken, moment) for moment in moments(np.random.default_rng(11))]
    assert len(left) == 10
    # The moments are what they are meant to be: runs went on from a whole checkpoint of a
    # half-round, and from beside one that was half-written.
    assert sum(True in found.values() for found in left) >= 5
    assert sum(set(found.values()) == {True, False} for found in left) >= 3
    process = forked.start(stage, str(broken))
    process.join()
    assert process.exitcode == 0

    adapters, metrics, curve = outcome(whole)
    again_adapters, again_metrics, again_curve = outcome(broken)
    assert set(adapters) == {"reasoner", "responder", "cold_reasoner", "cold_responder"}
    assert again_metrics == metrics
    pd.testing.assert_frame_equal(again_curve, curve, check_exact=True)
    assert again_adapters == adapters
    assert not list((broken / ".cache").rglob("checkpoint-*"))
