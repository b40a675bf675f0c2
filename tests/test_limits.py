"""Sizes that keep the code readable, comments that say why, and tests that mirror it."""

import ast
import io
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "remid"
FILES = sorted(SOURCE.rglob("*.py"))
LINES, FILE_LINES, PARAMETERS, COMMENTS, ROOM_COMMENTS = 50, 300, 7, 3, 1.5
"""Most lines of a public function without its docstring, of a file, most parameters of any function;
least comment lines per hundred lines of code, of the whole and of any one room."""
UNTESTED = {
    "guard.py": "tests/test_cli.py and tests/processes run commands by it",
    "replies/completion.py": "tests/replies/test_endpoint_faults.py asks by it",
    "replies/transport.py": "tests/replies/test_endpoint_faults.py asks by it",
    "__init__.py": "tests/commands/test_python.py imports by it",
    "commands/comparison.py": "tests/commands/test_compare.py reads what it says",
    "commands/completion.py": "tests/test_parser.py runs it",
    "commands/diagnosis.py": "tests/commands/test_python.py and test_compare.py read it",
    "commands/html.py": "tests/commands/test_python.py reads it",
    "report/terminal.py": "tests/test_json.py and tests/test_cli.py print by it",
    "commands/agreement_options.py": "tests/studies/agreement/test_run.py passes them",
    "commands/doctor.py": "tests/test_cli.py runs it",
    "commands/show.py": "tests/test_cli.py runs it",
    "evaluation/divergences.py": "tests/commands/test_diagnose.py measures by it",
    "evaluation/run.py": "tests/commands/test_diagnose.py runs its steps",
    "lm/likelihood/passes.py": "tests/lm/likelihood/test_score.py compares its three ways",
    "pipeline/report.py": "tests/pipeline/test_repro.py runs it",
    "pipeline/train.py": "one call; tests/pipeline/test_repro.py runs it",
    "pretrained/convert.py": "needs quantised weights; the shipped base model is made by it",
    "roleplay/answering.py": "tests/pipeline/test_reply.py replies by it",
    "studies/ablation/run.py": "tests/pipeline/test_repro.py runs it",
    "studies/agreement/contexts.py": "tests/studies/agreement/test_ratings.py reads by it",
    "studies/agreement/row_fields.py": "tests/studies/agreement/test_ratings.py reads by it",
    "studies/agreement/scoring.py": "tests/studies/agreement/test_run.py scores by it",
    "studies/agreement/shown.py": "tests/studies/agreement/test_run.py reads what it shows",
    "studies/ordering/figures.py": "tests/pipeline/test_repro.py draws them",
    "studies/ordering/run.py": "tests/pipeline/test_repro.py runs it",
    "studies/seeds/run.py": "tests/pipeline/test_repro.py runs it",
    "training/dpo.py": "tests/roleplay/test_ranked.py trains by it",
    "training/run.py": "tests/training/test_ranks.py runs it",
}
"""Modules without a test file of their own, and why."""


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert function.end_lineno is not None
    whole = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function) is None:
        return whole
    docstring = function.body[0]
    assert docstring.end_lineno is not None
    return whole - (docstring.end_lineno - docstring.lineno + 1)


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    taken = function.args
    names = [each.arg for each in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def counted(files: list[Path]) -> Counter[str]:
    """Lines that hold code (docstrings are code here), and lines that hold a comment."""
    skipped = (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    found: Counter[str] = Counter()
    for file in files:
        code, comments = set(), set()
        source = io.StringIO(file.read_text(encoding="utf-8"))
        for token in tokenize.generate_tokens(source.readline):
            if token.type == tokenize.COMMENT:
                comments.add(token.start[0])
            elif token.type not in skipped:
                code.update(range(token.start[0], token.end[0] + 1))
        found.update(code=len(code), comments=len(comments))
    return found


def test_the_counters_count() -> None:
    text = 'def f(self, a, *, b):\n    """Two\n    lines."""\n    # why\n    return a  # so\n'
    (function,) = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    assert length(function) == 3
    assert parameters(function) == 2


def test_a_comment_line_is_one_that_holds_a_comment(tmp_path: Path) -> None:
    file = tmp_path / "f.py"
    file.write_text('"""Doc\n# no comment."""\n\n# why\na = 1  # so\n')
    assert counted([file]) == {"code": 3, "comments": 2}


def test_public_functions_are_short() -> None:
    long = {
        f"{file.relative_to(SOURCE)}: {function.name}": length(function)
        for file in FILES
        for function in functions(file)
        if not function.name.startswith("_") and length(function) > LINES
    }
    assert long == {}


def test_files_are_short() -> None:
    sizes = {
        str(file.relative_to(SOURCE)): file.read_text(encoding="utf-8").count("\n")
        for file in FILES
    }
    long = {name: lines for name, lines in sizes.items() if lines > FILE_LINES}
    assert long == {}


def test_no_function_takes_more_than_seven() -> None:
    many = {
        f"{file.relative_to(SOURCE)}: {function.name}": parameters(function)
        for file in FILES
        for function in functions(file)
        if parameters(function) > PARAMETERS
    }
    assert many == {}


def share(files: list[Path]) -> float:
    found = counted(files)
    return 100 * found["comments"] / found["code"]


def in_room(room: str) -> list[Path]:
    return [file for file in FILES if file.relative_to(SOURCE).parts[0] == room]


ROOMS = sorted({file.relative_to(SOURCE).parts[0] for file in FILES if file.parent != SOURCE})


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_comments(room: str) -> None:
    assert share(in_room(room)) >= ROOM_COMMENTS


def test_the_whole_has_comments() -> None:
    assert share(FILES) >= COMMENTS


def test_a_module_has_tests_of_its_own() -> None:
    """src/remid/ROOM/MODULE.py has tests/ROOM/test_MODULE.py, unless it defines no function."""
    absent = set()
    for file in FILES:
        place = file.relative_to(SOURCE)
        own = ROOT / "tests" / place.parent / f"test_{place.stem}.py"
        if str(place) not in UNTESTED and any(functions(file)) and not own.exists():
            absent.add(str(place))
    assert absent == set()
    assert all((SOURCE / name).exists() for name in UNTESTED)
