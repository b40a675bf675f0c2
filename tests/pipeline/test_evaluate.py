"""The stage `evaluate`: what DVC shows of a table."""

import json
from pathlib import Path

import pandas as pd
import table_rows
import tiny_project

from remid.pipeline import evaluate
from remid.store.layout import Layout
from remid.store.project import Project


def test_the_figure_has_a_row_for_each_shift_and_model_in_the_shown_unit(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    rows = [
        table_rows.emid_row(),
        table_rows.emid_row("other"),
        table_rows.emid_row(unit="nats_per_reply"),
    ]
    params = tiny_project.params(evaluate={"unit": "nats_per_token"})
    evaluate.publish(Project(params, layout), table_rows.table(emid=rows))
    frame = pd.read_csv(layout.plots / "emid.csv")
    assert frame["model"].tolist() == ["m", "other"]
    assert frame.loc[0, ["emid", "paper", "joint", "scaled"]].tolist() == [0.25, 3.0, 0.5, 1.5]
    assert json.loads((layout.metrics / "emid.json").read_text())
