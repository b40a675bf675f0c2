"""What is only printed or drawn needs no model library, and a test needs no other test."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "transformers", "peft")
REPORT = sorted(
    f"remid.report.{file.stem}"
    for file in (ROOT / "src/remid/report").glob("*.py")
    if file.stem != "__init__"
)
TYPES = ["remid.evaluation.table", "remid.evaluation.scored", "remid.domain.estimate"]
"""Modules that hold what an evaluation is written down as."""
COMMANDS = ["remid.cli", "remid.commands.show", "remid.pipeline.report"]


def loaded_by(module: str) -> list[str]:
    """Heavy libraries that an interpreter holds once it has imported a module and nothing else."""
    code = f"import sys, {module}; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return done.stdout.split()


def test_the_probe_sees_a_model_library() -> None:
    assert loaded_by("remid.lm.out_of_memory") == ["torch"]


@pytest.mark.parametrize("module", [*COMMANDS, *REPORT, *TYPES])
def test_printing_a_table_needs_no_model_library(module: str) -> None:
    assert loaded_by(module) == []


def test_show_runs_without_a_model_library(tmp_path: Path) -> None:
    """`remid show` to its end, in a folder where nothing was evaluated: one sentence, no torch."""
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    code = (
        "import sys; from remid.cli import main; status = main(['show']); "
        f"print(status, *[name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.split() == ["2"]
    assert "nothing was evaluated yet" in done.stderr


def test_no_test_imports_another_test() -> None:
    """What tests share stands in tests/support or in a conftest, which fixtures come from."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    names = {file.stem for file in files} | {"tests", "conftest"}
    assert len(files) > 80
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            imported: list[str] = []
            if isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                imported = [node.module or "", *(alias.name for alias in node.names)]
                assert node.level == 0, f"{file}: a relative import"
            found = {part for name in imported for part in name.split(".")} & names
            assert not found, f"{file.relative_to(ROOT)} imports {found}"
