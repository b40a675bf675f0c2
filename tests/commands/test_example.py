"""docs/example.ipynb runs, cell by cell, in a project with the tiny model."""

import ast
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from remid.store.layout import Layout

NOTEBOOK = Path(__file__).parents[2] / "docs/example.ipynb"


def shown(code: str, names: dict[str, Any]) -> object:
    """Run one cell; returns the value of its last line, which a notebook would show."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, str(NOTEBOOK), "exec"), names)
    if last is None:
        return None
    assert isinstance(last, ast.Expr)
    return eval(compile(ast.Expression(last.value), str(NOTEBOOK), "eval"), names)


def test_every_cell_runs(project: Layout, capsys: Any) -> None:
    names: dict[str, Any] = {}
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    pages = [own for each in code if (own := shown(each, names)) is not None]
    assert all(hasattr(page, "_repr_html_") for page in pages) and len(pages) == 5
    assert capsys.readouterr() == ("", "")
    echo, same, found = names["echo"], names["same"], names["found"]
    for row in found.rows:
        first, second = (
            next(r.emi.value for r in own.table.emi if (r.split, r.unit) == (row.split, own.unit))
            for own in (echo, same)
        )
        assert row.emi.value == pytest.approx(second - first)
    # Every context is a reply's own once and a negative as often as every other (cyclic design),
    # so the scores of one text under them cancel: a constant reply carries nothing.
    replies = [r.replies.value for r in same.table.emi if r.unit == "nats_per_reply"]
    assert np.allclose(replies, 0, atol=1e-3) and len(replies) == 2
