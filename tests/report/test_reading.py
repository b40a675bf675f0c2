"""Sentences against the figures that they speak of."""

from remid.domain.estimate import Estimate
from remid.evaluation.table import EmidRow, EmiRow, Table, WorstRow
from remid.report.reading import emi_grid, shows

UNIT = "nats_per_token"
SEEN = {"id_test": Estimate(0.5, 0.1, 0.3, 0.7, 9), "user/german": Estimate(0.1, 0.1, -0.1, 0.3, 9)}


def emid(shift: str, value: float, p: float, *, warning: str = "", needed: int = 30) -> EmidRow:
    around = Estimate(value, 0.1, value - 0.2, value + 0.2, 9)
    return EmidRow("m", shift, UNIT, around, p, p, 1, 1, 1, {}, warning, needed)


def table(*rows: EmidRow, own: float, risk: float) -> Table:
    return Table(
        emi=[EmiRow("m", "id_test", UNIT, Estimate(own, 0.1, own - 0.2, own + 0.2, 9), 2, 0, 1)],
        emid=list(rows),
        worst=[WorstRow("m", UNIT, rows[0].shift, Estimate(risk, 0.1, risk - 0.2, risk + 0.2, 9))],
    )


def read(found: Table) -> str:
    return "\n".join(shows(found, "m", UNIT, information=SEEN, precision=2))


def test_a_loss_that_stands_is_told() -> None:
    said = read(
        table(
            emid("user/german", 0.9, 0.01, warning="moved"),
            emid("user/korean", -0.8, 0.02),
            emid("character/gaming", 0.1, 0.9, needed=50),
            own=-0.5,
            risk=0.9,
        )
    )
    assert (
        "carry less information about their context than the references: -0.50 [-0.70, -0.30]"
        in said
    )
    assert (
        "under user/german: +0.90 [+0.70, +1.10]" in said and "some shift costs information" in said
    )
    assert "over 3 shifts it loses information under user/german." in said
    assert "it gains information under" not in said.replace("3 shifts it gains", "")
    assert "gains information under user/korean." in said
    assert "In user/german the responder is not shown to read any information" in said
    assert "about 30 to 50 dialogues a split" in said
    assert "bound cannot be trusted under user/german" in said


def test_what_the_intervals_leave_open_is_not_told_as_a_finding() -> None:
    said = read(table(emid("user/german", 0.1, 0.9), own=0.1, risk=0.1))
    assert "not shown to differ in information: +0.10" in said
    assert "it holds 0, so a loss is not shown." in said
    assert "no shift of 1 differs from ID after Holm's correction: that is no proof" in said
    assert "bound cannot be trusted" not in said


def test_every_split_has_a_row() -> None:
    grid = emi_grid(
        table(emid("user/german", 0.1, 0.9), own=0.1, risk=0.1),
        "m",
        UNIT,
        information=SEEN,
        precision=1,
    )
    assert grid.rows == (("id_test", "9", "2", "+0.1 [-0.1, +0.3]", "+0.5 [+0.3, +0.7]"),)
