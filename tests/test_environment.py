"""What libraries are told before they are imported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from remid import environment


def test_what_the_user_has_set_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", {"TRANSFORMERS_VERBOSITY": "info"})
    environment.prepare()
    assert os.environ["TRANSFORMERS_VERBOSITY"] == "info"
    assert os.environ["DO_NOT_TRACK"] == "true"
    assert os.environ["PREFECT_HOME"] == str(tmp_path / ".prefect")


def test_ranks_share_the_cores_and_ask_no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    # 8 cores over 3 ranks: 2 each; over 16, one each
    assert environment.of_training(ranks=3, device="cpu")["OMP_NUM_THREADS"] == "2"
    assert environment.of_training(ranks=16, device="cpu")["OMP_NUM_THREADS"] == "1"
    told = environment.of_training(ranks=2, device="cuda")
    assert told == {"HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}


def test_it_imports_no_library() -> None:
    """One that was imported would have read its variables before they were set."""
    look = (
        "import sys; before = set(sys.modules); import remid.environment; "
        "print(*{name.split('.')[0] for name in set(sys.modules) - before})"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {*sys.stdlib_module_names, "remid"}
