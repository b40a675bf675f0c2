"""Table and figure of the ablation."""

import pytest
import table_rows

from remid.studies.ablation.figures import ablation_figure, ablation_table
from remid.studies.ablation.perplexity import Gap, Row

ROW = Row(
    "id_test",
    {"full": table_rows.estimate(10.0, n=44), "without": table_rows.estimate(12.0, n=44)},
    {"full": [10.0], "without": [12.0]},
    {"without": Gap(table_rows.estimate(1.2, 0.1), [1.2])},
)


def test_a_ratio_that_excludes_1_is_marked() -> None:
    assert "| id_test | 44 | 10.00 | 12.00 | 1.200 [1.100, 1.300] * (1.200) |" in ablation_table(
        [ROW]
    )


def test_the_figure_has_a_point_for_every_split() -> None:
    axes = ablation_figure([ROW]).axes[0]
    assert axes.containers[0][0].get_xdata().tolist() == pytest.approx([1.2])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["id_test"]
