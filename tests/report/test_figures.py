"""Figures: what is drawn is what the table holds."""

import pandas as pd
import pytest
import table_rows

from remid.report import figures


def test_the_forest_has_a_point_and_a_span_for_every_model_and_shift() -> None:
    rows = [
        table_rows.emid_row(model, shift)
        for model in ("a", "b")
        for shift in ("user/german", "user/korean")
    ]
    axes = figures.emid_forest(table_rows.table(emid=rows), table_rows.UNIT).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["user/german", "user/korean"]
    points = [c[0].get_xdata().tolist() for c in axes.containers]
    assert points == [[0.25, 0.25], [0.25, 0.25]]
    ends = [s[0] for c in axes.containers for line in c[2] for s in [line.get_segments()[0]]]
    assert ends[0][0] == pytest.approx(0.05)  # 0.25 - 0.2


def test_losses_and_rewards_are_drawn_apart() -> None:
    curve = pd.DataFrame(
        {
            "step": [1, 2, 3],
            "phase": ["cold_reasoner", "cold_reasoner", "reasoner_1"],
            "loss": [3.0, 2.0, 0.1],
            "reward": [None, None, 0.7],
        }
    )
    top, bottom = figures.training_curve(curve).axes
    assert [line.get_ydata().tolist() for line in top.lines] == [[], [0.7]]
    assert bottom.lines[0].get_ydata().tolist() == [3.0, 2.0]


def test_svg_is_the_same_text_for_the_same_figure() -> None:
    made = [figures.svg(figures.emid_forest(table_rows.table(), table_rows.UNIT)) for _ in range(2)]
    assert made[0] == made[1] and made[0].startswith("<svg") and "user/german" in made[0]


def test_spans_are_distances_from_the_values() -> None:
    assert figures.spans([table_rows.estimate(1.0, 0.5)]) == [[0.5], [0.5]]
