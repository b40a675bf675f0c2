"""Programs started without what their libraries import for nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import gc, sys
if __name__ == "__main__":
    try:
        import mlflow
        found = "mlflow"
    except ImportError:
        found = "none"
    print(found, gc.isenabled(), *sys.argv[1:], flush=True)
    END
"""


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("pass", 0),
        ("sys.exit()", 0),
        ("sys.exit(3)", 3),
        ("sys.exit('a sentence')", 1),
        ("raise ValueError('told')", 1),
    ],
)
def test_arguments_and_status_pass_through(end: str, status: int, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM.replace("END", end))
    path = os.pathsep.join([str(tmp_path), *sys.path])
    done = subprocess.run(
        [sys.executable, "-m", "remid.training.start.quick_import", "--local_rank=0"]
        + ["program", "a", "b"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.stdout.split() == ["none", "True", "--local_rank=0", "a", "b"]
    assert done.returncode == status
    assert ("ValueError: told" in done.stderr) is (end.startswith("raise"))
