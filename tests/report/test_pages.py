"""A project's table read back, as Markdown and as a page."""

import json
from pathlib import Path

import pytest
import table_rows
import tiny_project

from remid.domain.errors import RemidError
from remid.report import pages
from remid.store.layout import Layout
from remid.store.project import Project
from remid.store.whole import indented


def test_before_an_evaluation_the_remedy_is_named(tmp_path: Path) -> None:
    with pytest.raises(RemidError, match="nothing was evaluated yet; run `dvc repro`"):
        pages.read_table(Layout(tmp_path))


def test_a_table_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scores").mkdir()
    (tmp_path / "scores/table.json").write_text('{"emi": 3}')
    with pytest.raises(RemidError, match="no table of this version of remid"):
        pages.read_table(Layout(tmp_path))


def test_a_table_comes_back_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "scores").mkdir()
    (tmp_path / "scores/table.json").write_text(indented(table_rows.table()))
    assert pages.read_table(Layout(tmp_path)) == table_rows.table()


def test_the_page_has_the_projects_traces_and_sentences(tmp_path: Path) -> None:
    (tmp_path / "scores").mkdir()
    trace = {"id": "d1", "split": "id_test", "trace": "## User: kind"}
    (tmp_path / "scores/traces.jsonl").write_text(json.dumps(trace) + "\n")
    project = Project(tiny_project.params(), Layout(tmp_path))
    page = pages.render(project, table_rows.table())
    assert "## User: kind" in page and "The largest loss is under user/german" in page


def test_markdown_has_every_table(tmp_path: Path) -> None:
    text = pages.markdown(table_rows.table(), tiny_project.params())
    assert "| user/german | m | 9 | +0.250 [+0.050, +0.450] |" in text


def test_a_curve_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert pages.read_curve(tmp_path / "no.csv") is None
