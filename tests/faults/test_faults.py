"""Random faults with a fixed seed, as many as FAULTS says: `make faults` asks for a hundred."""

import os
import shutil
import time
from pathlib import Path

import faults
import forked
import pytest

SEED = 20251217
COUNT = int(os.environ.get("FAULTS", "0"))


@pytest.fixture(scope="session")
def world(built: Path, tmp_path_factory: pytest.TempPathFactory) -> faults.World:
    done = tmp_path_factory.mktemp("undisturbed") / "project"
    shutil.copytree(built, done)
    assert faults.finished(forked.start(faults.run, str(done)))
    shutil.rmtree(done)  # the first run has started the process from which the others are forked
    shutil.copytree(built, done)
    start = time.monotonic()
    assert faults.finished(forked.start(faults.run, str(done)))
    return faults.World(built, done, time.monotonic() - start)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(COUNT))
def test_the_run_after_a_fault_gives_the_same_metrics(
    number: int, world: faults.World, tmp_path: Path
) -> None:
    outcome = faults.tried(world, tmp_path / "project", number, SEED)
    print(f"fault {number:3} {outcome.seconds:5.1f} s, {outcome.recovered}; {outcome.what}")
