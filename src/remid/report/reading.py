"""What the figures of one model show and do not show, in sentences."""

from collections.abc import Mapping, Sequence

from remid.domain.estimate import Estimate, Unit
from remid.domain.shift import ID_TEST
from remid.evaluation.table import EmidRow, Table
from remid.report.tables import Grid, figure

LIMITS = (
    "It does not say that replies are good, safe or liked: R-EMI is how much of user, character and "
    "dialogue this responder can read from a reply, beside what it reads from the reference reply. "
    "An LLM judge (`remid judge`) or readers say the rest.",
    "It says nothing about users, characters or dialogues that none of the splits stands for.",
    "The bounds are estimates, and take good replies to the same input as unchanged by the shift.",
)
"""True of every diagnosis."""


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
    sides = ("less", "more", "neither less nor more that these dialogues could show")
    return [
        f"On ID its replies carry {sides[_side(own)]} information about their context than the "
        f"reference replies: {figure(own, precision)} {told}, n = {own.n}.",
        f"The largest loss is under {worst.shift}: {figure(worst.risk, precision)} {told}, with an "
        "interval that allows for picking the largest; "
        + (
            "it lies above 0, so some shift costs information."
            if _side(worst.risk) == 1
            else "it holds 0, so a loss is not shown."
            if _side(worst.risk) == 2
            else "it lies below 0, so no shift costs information."
        ),
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


def _side(estimate: Estimate) -> int:
    """0 below zero, 1 above, 2 where the interval holds it or there is none."""
    return 0 if estimate.high < 0 else 1 if estimate.low > 0 else 2
