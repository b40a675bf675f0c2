"""The figures of every step, once each."""

import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from plain_job import JOB

from remid.domain.errors import RemidError
from remid.training.progress import STEPS, Progress, read_steps


def log(progress: Progress, step: int, **logs: float | None) -> None:
    state = SimpleNamespace(is_world_process_zero=True, global_step=step, max_steps=3)
    progress.on_log(None, state, None, logs=logs)  # type: ignore[arg-type]


def test_a_resumed_step_replaces_what_the_killed_run_wrote(tmp_path: Path) -> None:
    job = replace(JOB, output=str(tmp_path))
    killed = Progress(job)
    for step, loss in ((1, 3.0), (2, 2.0), (3, 9.0)):
        log(killed, step, loss=loss)
    resumed = Progress(job)  # from a checkpoint of step 2
    log(resumed, 3, loss=1.0, reward=None)
    assert read_steps(tmp_path / STEPS) == {
        1: {"step": 1, "loss": 3.0},
        2: {"step": 2, "loss": 2.0},
        3: {"step": 3, "loss": 1.0},
    }


def test_the_trainers_summary_is_no_step(tmp_path: Path) -> None:
    progress = Progress(replace(JOB, output=str(tmp_path)))
    log(progress, 3, train_runtime=12.0)
    assert not (tmp_path / STEPS).exists()


def test_a_loss_that_is_no_number_stops_the_training_and_names_the_last_good_state(
    tmp_path: Path,
) -> None:
    progress = Progress(replace(JOB, output=str(tmp_path)))
    with pytest.raises(RemidError, match=r"step 2: the loss is nan; its start \(a new adapter\)"):
        log(progress, 2, loss=math.nan)


@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_a_gradient_that_is_no_number_does_so_too(tmp_path: Path, value: float) -> None:
    progress = Progress(replace(JOB, output=str(tmp_path)))
    with pytest.raises(RemidError, match=r"step 1: the gradient's norm is .* lower the learning"):
        log(progress, 1, loss=0.0, grad_norm=value)
    assert not (tmp_path / STEPS).exists()
