"""Sentences against the figures that they speak of."""

from table_rows import UNIT, emi_row, emid_row, estimate, split_row, table, worst_row

from remid.evaluation.table import Table
from remid.report.reading import shows


def read(found: Table) -> str:
    return "\n".join(shows(found, "m", UNIT, precision=2))


def test_a_loss_that_stands_is_told() -> None:
    said = read(
        table(
            emi=[emi_row(emi=estimate(-0.5))],
            emid=[
                emid_row(emid=estimate(0.9), p_holm=0.01, warning="moved", dialogues_needed=30),
                emid_row(shift="user/korean", emid=estimate(-0.8), p_holm=0.02),
                emid_row(shift="character/gaming", emid=estimate(0.1), dialogues_needed=50),
            ],
            worst=[worst_row(risk=estimate(0.9), median_unbiased=0.8)],
        )
    )
    assert (
        "carry less information about their context than the references: -0.50 [-0.70, -0.30]"
        in said
    )
    assert "under user/german: +0.90 [+0.70, +1.10]" in said
    assert "some shift costs information" in said
    assert "Corrected for its selection it is +0.80." in said
    assert "over 3 shifts it loses information under user/german." in said
    assert "gains information under user/korean." in said
    assert "about 30 to 50 dialogues a split" in said
    assert "bound cannot be trusted under user/german" in said


def test_what_the_intervals_leave_open_is_not_told_as_a_finding() -> None:
    said = read(table(emi=[emi_row(emi=estimate(0.1))], worst=[worst_row(risk=estimate(0.1))]))
    assert "not shown to differ in information: +0.10" in said
    assert "it holds 0, so a loss is not shown." in said
    assert "no shift of 1 differs from ID after Holm's correction: that is no proof" in said
    assert "bound cannot be trusted" not in said


def test_a_worst_case_with_marks_says_what_they_mean() -> None:
    said = read(table(worst=[worst_row(marks=("blind", "saturated"))]))
    assert "There, the responder is not shown to read the references here" in said
    assert "There, the own context beats over 95% of the negatives" in said


def test_splits_in_which_the_responder_is_blind_are_named() -> None:
    said = read(table(splits=[split_row(), split_row("user/german", blind=True)]))
    assert "In user/german the responder is not shown to read the reference replies" in said


def test_copying_is_told_with_its_part_of_the_figure() -> None:
    echo = emi_row(
        split="user/korean", copied_share=0.4, copied=estimate(0.9), novel=estimate(-0.3)
    )
    splits = [split_row(), split_row("user/korean")]
    said = read(table(splits=splits, emi=[emi_row(), echo]))
    assert "Of its tokens 40% are copied from the dialogue in user/korean" in said
    assert "+0.90 [+0.70, +1.10] copied and -0.30 [-0.50, -0.10] novel" in said


def test_word_salad_is_told() -> None:
    said = read(table(emi=[emi_row(), emi_row(split="user/german", order=estimate(0.0, half=0.1))]))
    assert "In user/german its replies are hardly more probable than their words shuffled" in said
    assert "words shuffled" not in read(table())


def test_a_reasoner_that_breaks_is_told() -> None:
    said = read(table(splits=[split_row(), split_row("user/german", formed=7)]))
    assert "well formed in fewer than 80% (user/german 7 of 9)" in said
    whole = table(splits=[split_row(formed=8), split_row("user/german", traces=0)])
    assert "well formed" not in read(whole)
