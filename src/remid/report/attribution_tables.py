"""Tables of an attribution: by factor, by dialogue, by slice."""

from collections.abc import Sequence

from remid.domain.dialogue import REFERENCE
from remid.domain.estimate import Estimate, Unit
from remid.evaluation.attribution_table import Attribution, DialogueRow, Figure
from remid.report.tables import Grid, figure

MOST = 10
"""Dialogues that a table shows."""

TITLES: dict[Figure, str] = {
    "information": "Information of replies",
    "emi": "R-EMI",
    "emid": "R-EMID",
}


def share_grid(found: Attribution, of: Figure, unit: Unit, precision: int) -> Grid:
    """One figure divided among the factors, a row per split and model."""
    rows = [row for row in found.shares if (row.figure, row.unit) == (of, unit)]
    # The factors that were swapped, in their own order.
    names = list(rows[0].factors) if rows else []
    return Grid(
        f"{TITLES[of]} by factor ({unit.replace('_', ' ')}; Shapley values: the factors add up to "
        "the total, with the last column to the table)",
        ("split", "model", "n", "total", *names, "other negatives"),
        tuple(
            (
                row.split,
                row.model,
                str(row.total.n),
                figure(row.total, precision),
                *(figure(row.factors[name], precision) for name in names),
                figure(row.others, precision),
            )
            for row in rows
        ),
    )


def fidelity_grid(found: Attribution, unit: Unit, precision: int) -> Grid:
    """What replies tell of each factor alone, a row per split, source and factor."""
    return Grid(
        f"Would the reply fit another as well? ({unit.replace('_', ' ')}; one factor swapped, the "
        "two others kept)",
        ("split", "model", "swapped", "information", "less the reference", "swaps beaten"),
        tuple(
            (
                row.split,
                row.model,
                row.factor,
                figure(row.information, precision),
                "" if row.model == REFERENCE else figure(row.less_reference, precision),
                f"{row.beaten:.0%} of {row.swaps}" if row.swaps else "nothing to swap",
            )
            for row in found.fidelity
            if row.unit == unit
        ),
    )


def slice_grid(found: Attribution, unit: Unit, precision: int) -> Grid:
    """Slices that differ from all other dialogues, a row each."""
    searched = ", ".join(f"{count} of {model}" for model, count in found.searched.items())
    return Grid(
        f"Slices whose R-EMI differs ({unit.replace('_', ' ')}; searched: {searched or 'none'}; "
        "corrected for the search)",
        ("model", "slice", "n", "R-EMI inside", "of all others", "difference", "p (search)"),
        tuple(
            (
                row.model,
                " and ".join(row.attributes),
                str(row.difference.n),
                f"{row.inside:+.{precision}f}",
                f"{row.rest:+.{precision}f}",
                figure(row.difference, precision),
                f"{row.p:.4f}",
            )
            for row in found.slices
            if row.unit == unit
        ),
    )


def dialogue_grid(rows: Sequence[DialogueRow], unit: Unit, precision: int) -> Grid:
    """The dialogues under a shift that add most to R-EMID, MOST of every model."""
    shown: list[DialogueRow] = []
    # nan is on ID, which loses nothing against itself.
    own = [row for row in rows if row.unit == unit and row.emid == row.emid]
    for model in dict.fromkeys(row.model for row in own):
        largest = sorted((row for row in own if row.model == model), key=lambda row: -row.emid)
        shown += largest[:MOST]
    names = list(shown[0].factors) if shown else []
    return Grid(
        f"Dialogues that add most to R-EMID ({unit.replace('_', ' ')}; those of a shift sum to it)",
        ("model", "split", "dialogue", "adds to R-EMID", "its own R-EMI", *names),
        tuple(
            (
                row.model,
                row.split,
                row.dialogue,
                f"{row.emid:+.{precision + 1}f}",
                f"{row.term:+.{precision}f}",
                *(_number(row.factors[name], precision) for name in names),
            )
            for row in shown
        ),
    )


def fidelity_sentences(found: Attribution, model: str, unit: Unit, precision: int) -> list[str]:
    """What a swap of each factor alone shows, of every split; never more than its interval."""
    rows = {(row.model, row.split, row.factor): row for row in found.fidelity if row.unit == unit}
    out = []
    for (source, split, factor), row in rows.items():
        if source != model:
            continue
        if not row.swaps:
            out.append(f"{split}: its dialogues share one {factor}, so nothing can be said of it.")
            continue
        read = rows[REFERENCE, split, factor].information
        out.append(
            f"{split}: {row.beaten:.0%} of {row.swaps} replies are more probable with their own "
            f"{factor} than with another's, user, character and dialogue else kept (50% is a reply "
            f"that fits both alike); information about it {figure(row.information, precision)}, "
            f"{_side(row.information)}. {_beside(read, row.less_reference)}"
        )
    return out


def _side(estimate: Estimate) -> str:
    # An interval of nan is on neither side.
    if estimate.low > 0:
        return "so the replies are shown to tell of it"
    if estimate.high < 0:
        return "so its own makes the replies less probable than another's"
    return "so it is not shown that they tell of it"


def _beside(read: Estimate, less: Estimate) -> str:
    # Also where there is no interval: what is not shown is not said.
    if not read.low > 0:
        return (
            "The responder is not shown to read it in the references either: that speaks of the "
            "responder before it speaks of the model."
        )
    if less.high < 0:
        return "The references tell more of it."
    if less.low > 0:
        return "The references tell less of it."
    return "A difference from the references is not shown."


def _number(value: float, precision: int) -> str:
    return "no partner" if value != value else f"{value:+.{precision}f}"
