"""dvc.yaml tells the truth: a stage lists every module whose code can change what it writes."""

import ast
from pathlib import Path

import grimp
import pytest
import yaml

ROOT = Path(__file__).parents[2]
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
RELEASE = yaml.safe_load((ROOT / "release/dvc.yaml").read_text())["stages"]
STAGES |= {f"release.{name}": own for name, own in RELEASE.items()}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("remid", cache_dir=None)


def file_of(module: str) -> Path:
    place = ROOT / "src" / Path(*module.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def named_in(module: str, known: set[str]) -> set[str]:
    """Modules that a module names as text: the workers that it launches."""
    tree = ast.parse(file_of(module).read_text())
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {text for text in texts if isinstance(text, str) and text in known}


def closure(graph: grimp.ImportGraph, entry: str) -> set[str]:
    """All that an entry imports, and what the workers import that it launches."""
    found: set[str] = set()
    wanted = {entry}
    while wanted:
        own = {module for each in wanted for module in graph.find_upstream_modules(each)} | wanted
        found |= own
        wanted = {name for module in own for name in named_in(module, graph.modules)} - found
    # The package itself only names, late, what `import remid` gives: it changes no result.
    found.discard("remid")
    return {module for module in found if file_of(module).read_text().count("\n") > 1}


@pytest.mark.parametrize("stage", STAGES)
def test_every_module_of_a_stage_is_among_its_deps(stage: str, graph: grimp.ImportGraph) -> None:
    deps = [ROOT / dep for dep in STAGES[stage]["deps"] if "$" not in dep]
    for module in sorted(closure(graph, f"remid.pipeline.{stage}")):
        file = file_of(module)
        assert any(file == dep or dep in file.parents for dep in deps), f"{stage} lacks {module}"


@pytest.mark.parametrize("stage", ["coevolve", "evaluate"])
def test_a_stage_that_runs_a_flow_depends_on_it(stage: str) -> None:
    assert STAGES[stage]["cmd"] == f"python flows/{stage}.py"
    assert {f"flows/{stage}.py", "flows/local.py"} <= set(STAGES[stage]["deps"])


def test_a_dep_of_code_is_there() -> None:
    for stage, declared in STAGES.items():
        for dep in declared["deps"]:
            assert not dep.startswith(("src/", "flows/")) or (ROOT / dep).exists(), (stage, dep)
