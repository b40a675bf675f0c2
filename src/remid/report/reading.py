"""What the figures of one model show, in sentences."""

from collections.abc import Sequence

from remid.domain.estimate import Estimate, Unit
from remid.domain.shift import ID_TEST
from remid.evaluation.table import EmidRow, Table
from remid.report import caveats
from remid.report.tables import figure

COPIED_SHARE = 0.1
"""Share of copied tokens from which a model's copying is told; references have a few percent."""
FORMED = 0.8
"""Share of well-formed traces below which a split is named."""


def shows(table: Table, model: str, unit: Unit, *, precision: int) -> list[str]:
    """Sentences about what the figures of `model` show."""
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
        f"interval that allows for picking the largest; {largest}. Corrected for its selection it "
        f"is {worst.median_unbiased:+.{precision}f}.",
        *(f"There, {caveats.MARKS[mark]}." for mark in worst.marks),
        *_each(rows),
        *_blind(table, unit),
        *copies(table, model, unit, precision),
        *_traces(table),
        *_needed(rows),
        *_bounds(rows),
    ]


def _each(rows: Sequence[EmidRow]) -> list[str]:
    """Which shifts stand after the correction."""
    # Only what survives the correction may be called a loss or a gain.
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


def _blind(table: Table, unit: Unit) -> list[str]:
    """Where the responder cannot even tell the references apart."""
    unseen = [row.split for row in table.splits if row.unit == unit and row.blind]
    if not unseen:
        return []
    return [
        f"In {', '.join(unseen)} the responder is not shown to read the reference replies, or reads "
        "less than half of what it reads on ID: a figure there speaks of the responder more than "
        "of the model."
    ]


def copies(table: Table, model: str, unit: Unit, precision: int) -> list[str]:
    """Where much of what replies carry is copied, or where their order of words says nothing."""
    rows = [row for row in table.emi if (row.model, row.unit) == (model, unit)]
    orders = {row.split: row.order for row in table.splits if row.unit == unit}
    # R-EMI takes copying for information: the reader is told where much is copied.
    copied = [row for row in rows if row.copied_share > COPIED_SHARE]
    told = []
    if copied:
        most = max(copied, key=lambda row: row.copied_share)
        told.append(
            f"Of its tokens {most.copied_share:.0%} are copied from the dialogue in {most.split} "
            f"(over {COPIED_SHARE:.0%} in {len(copied)} of {len(rows)} splits): what R-EMI reads "
            f"there is {figure(most.copied, precision)} copied and {figure(most.novel, precision)} "
            "novel."
        )
    # Intervals apart and less than half: said only where it is shown.
    salad = [row.split for row in rows if row.order.high < orders[row.split].low / 2]
    if salad:
        told.append(
            f"In {', '.join(salad)} its replies are hardly more probable than their words shuffled, "
            "unlike the references: read some of them before believing a figure."
        )
    return told


def _traces(table: Table) -> list[str]:
    """Where the reasoner broke, so that dialogues were scored without a trace."""
    broken = [
        f"{row.split} {row.formed} of {row.traces}"
        for row in table.splits
        # Traces have no unit: one of the two rows of a split is enough.
        if row.unit == table.splits[0].unit and row.traces and row.formed < FORMED * row.traces
    ]
    if not broken:
        return []
    return [
        f"The reasoner's traces are well formed in fewer than {FORMED:.0%} ({', '.join(broken)}); "
        "those dialogues were scored without one. `evaluate.traces: false` scores all without."
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
