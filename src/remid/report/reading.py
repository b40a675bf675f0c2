"""What the figures of one model show, in sentences."""

from collections.abc import Mapping, Sequence

from remid.domain.estimate import Estimate, Unit
from remid.domain.shift import ID_TEST
from remid.evaluation.table import EmidRow, Table
from remid.report.tables import Grid, figure


def emi_grid(
    table: Table, model: str, unit: Unit, *, information: Mapping[str, Estimate], precision: int
) -> Grid:
    """R-EMI of one model on every split, beside what the references carry."""
    rows = [row for row in table.emi if row.model == model and row.unit == unit]
    return Grid(
        f"R-EMI of {model} ({unit.replace('_', ' ')}; below 0 its replies carry less than the "
        "references)",
        ("split", "n", "without a reply", "R-EMI [interval]", "references carry [interval]"),
        tuple(
            (
                row.split,
                str(row.emi.n),
                str(row.missing),
                figure(row.emi, precision),
                figure(information[row.split], precision),
            )
            for row in rows
        ),
    )


def shows(
    table: Table,
    model: str,
    unit: Unit,
    *,
    information: Mapping[str, Estimate],
    precision: int,
) -> list[str]:
    """Sentences about what the figures of `model` show.

    Parameters
    ----------
    information : split to what the responder reads from the reference replies, in `unit`.
    """
    rows = [row for row in table.emid if row.model == model and row.unit == unit]
    told = unit.replace("_", " ")
    own = next(r for r in table.emi if (r.model, r.split, r.unit) == (model, ID_TEST, unit)).emi
    worst = next(row for row in table.worst if row.model == model and row.unit == unit)
    beside = {
        "below": "On ID its replies carry less information about their context than the references",
        "above": "On ID its replies carry more information about their context than the references",
        "open": "On ID its replies and the references are not shown to differ in information",
    }[_side(own)]
    largest = {
        "below": "it lies below 0, so no shift costs information",
        "above": "it lies above 0, so some shift costs information",
        "open": "it holds 0, so a loss is not shown",
    }[_side(worst.risk)]
    return [
        f"{beside}: {figure(own, precision)} {told}, n = {own.n}.",
        f"The largest loss is under {worst.shift}: {figure(worst.risk, precision)} {told}, with an "
        f"interval that allows for picking the largest; {largest}.",
        *_each(rows),
        *_blind(information),
        *_needed(rows),
        *_bounds(rows),
    ]


def _each(rows: Sequence[EmidRow]) -> list[str]:
    """Which shifts stand after the correction."""
    sure = [row for row in rows if row.p_holm < 0.05]
    if not sure:
        return [
            f"Taken one by one, no shift of {len(rows)} differs from ID after Holm's correction: "
            "that is no proof that they are alike."
        ]
    lost = [row.shift for row in sure if row.emid.value > 0]
    gained = [row.shift for row in sure if row.emid.value < 0]
    return [
        f"After Holm's correction over {len(rows)} shifts it {verb} information under "
        f"{', '.join(names)}."
        for verb, names in (("loses", lost), ("gains", gained))
        if names
    ]


def _blind(information: Mapping[str, Estimate]) -> list[str]:
    """Where the responder cannot even tell the references apart."""
    unseen = [split for split, read in information.items() if not read.low > 0]
    if not unseen:
        return []
    return [
        f"In {', '.join(unseen)} the responder is not shown to read any information from the "
        "reference replies: a figure there speaks of the responder more than of the model."
    ]


def _needed(rows: Sequence[EmidRow]) -> list[str]:
    needed = [row.dialogues_needed for row in rows if row.dialogues_needed]
    if not needed:
        return []
    return [
        f"For intervals half as wide, about {min(needed)} to {max(needed)} dialogues a split are "
        "needed."
    ]


def _bounds(rows: Sequence[EmidRow]) -> list[str]:
    doubtful = [row.shift for row in rows if row.warning]
    if not doubtful:
        return []
    return [
        f"The paper's bound cannot be trusted under {', '.join(doubtful)}: how user, character and "
        "dialogue depend on each other moved there."
    ]


def _side(estimate: Estimate) -> str:
    """Where the interval lies; open where it holds 0, or where there is none."""
    return "below" if estimate.high < 0 else "above" if estimate.low > 0 else "open"
