"""What rows of a table say beyond their numbers."""

from table_rows import emi_row, split_row, table

from remid.evaluation.table import SATURATED


def test_a_row_is_saturated_above_its_threshold_alone() -> None:
    assert not emi_row(beaten=SATURATED).saturated
    assert emi_row(beaten=SATURATED + 0.01).saturated


def test_the_perplexity_of_a_split_is_told_once() -> None:
    rows = [split_row(), split_row(unit="nats_per_reply"), split_row("user/german", perplexity=9.0)]
    assert table(splits=rows).perplexity == {"id_test": 20.0, "user/german": 9.0}
