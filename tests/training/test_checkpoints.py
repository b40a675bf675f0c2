"""Checkpoints are whole or are not there."""

import errno
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from plain_job import JOB

from remid.domain.errors import RemidError
from remid.training import checkpoints


def written(output: Path, step: int, *, whole: bool = True) -> Path:
    folder = output / f"checkpoint-{step}"
    (folder / "global_step").mkdir(parents=True)
    (folder / "global_step" / "optimiser.pt").write_bytes(b"x" * 10)
    if whole:
        checkpoints.mark_whole(folder)
    return folder


def test_a_half_written_checkpoint_is_not_resumed_from(tmp_path: Path) -> None:
    for step in (4, 8, 100):
        written(tmp_path, step)
    half = written(tmp_path, 104, whole=False)
    assert checkpoints.newest(tmp_path) == tmp_path / "checkpoint-100"
    assert half.exists()  # looking removes nothing
    checkpoints.drop_broken(tmp_path)
    assert not half.exists()
    assert checkpoints.newest(tmp_path / "none") is None


def test_one_that_is_half_removed_is_not_resumed_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(tmp_path, 4)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        checkpoints.drop(folder)
    assert folder.exists()
    assert checkpoints.newest(tmp_path) is None


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        RuntimeError("PytorchStreamWriter failed writing file data/7: file write failed"),
        RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 128 vs 0"),
    ],
)
def test_a_full_disk_is_one_sentence_and_leaves_the_last_checkpoint_whole(
    tmp_path: Path, error: Exception
) -> None:
    job = replace(JOB, output=str(tmp_path))
    written(tmp_path, 4)
    with pytest.raises(RemidError, match=r"no space is left .*checkpoint-4 is whole") as told:
        with checkpoints.explaining_full_disk(job):
            written(tmp_path, 8, whole=False)
            raise error
    assert "\n" not in str(told.value)
    assert [folder.name for folder in tmp_path.iterdir()] == ["checkpoint-4"]


def test_before_the_first_checkpoint_the_start_is_named(tmp_path: Path) -> None:
    job = replace(JOB, output=str(tmp_path), adapters={"reasoner": "models/reasoner"})
    with pytest.raises(RemidError, match=r"its start \(models/reasoner\) is whole"):
        with checkpoints.explaining_full_disk(job):
            raise OSError(errno.ENOSPC, "No space left on device")


def test_another_error_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Permission denied"):
        with checkpoints.explaining_full_disk(replace(JOB, output=str(tmp_path))):
            raise OSError(errno.EACCES, "Permission denied")


def test_a_disk_too_small_for_the_checkpoints_is_refused_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = replace(JOB, output=str(tmp_path))
    model = torch.nn.Linear(1024, 1024, bias=False)  # 2^20 weights: 3 x 16 MiB
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=48 * 2**20))
    checkpoints.require_space(job, model)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=47 * 2**20))
    with pytest.raises(RemidError, match=r"47 MiB are free .* its checkpoints need 48 MiB"):
        checkpoints.require_space(job, model)
