"""Sizes of the next run, from the scores of a finished one."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from remid.domain.dialogue import REFERENCE
from remid.domain.errors import RemidError
from remid.domain.estimate import Unit
from remid.domain.shift import ID_TEST
from remid.evaluation.estimates import estimates
from remid.evaluation.scored import ScoredSplit
from remid.information.arrays import FloatArray
from remid.information.emi import emid
from remid.information.planning import Components, Lengths, Plan, cheapest, components


@dataclass(frozen=True)
class PlannedRow:
    """What one R-EMID needs."""

    model: str
    shift: str
    half_width: float
    """Of its interval in the finished run."""
    components: Components
    """Of the shift's dialogues."""
    on_id: Components
    plan: Plan


def differences(scored: ScoredSplit, model: str, unit: Unit) -> FloatArray:
    """Every reply under its own context less under each negative, shape (n, 1, negatives).

    Of the model less of the reference, so that the mean over all is R-EMI.

    Raises
    ------
    RemidError
        When replies differ in their number of negatives.
    """
    scores = scored.scores(model, unit).minus(scored.scores(REFERENCE, unit))
    uses = np.bincount(scores.pairs[:, 1], minlength=scores.n)
    if not (uses == uses[0]).all():
        raise RemidError(
            f"{scored.split}: replies have {uses.min()} to {uses.max()} negatives, and a plan takes "
            "equally many; evaluate with `evaluate.negatives: cyclic` first."
        )
    order = np.argsort(scores.pairs[:, 1], kind="stable")
    negative = scores.negative[order].reshape(scores.n, -1)
    found: FloatArray = (scores.positive[:, None] - negative)[:, None, :]
    return found


def planned(
    scored: Mapping[str, ScoredSplit],
    lengths: Lengths,
    *,
    unit: Unit,
    level: float,
    half_width: float,
) -> list[PlannedRow]:
    """Plan for every model and shift."""
    found = estimates(scored, unit, level=level)
    rows = []
    for model in found.models:
        x = {split: differences(own, model, unit) for split, own in scored.items()}
        parts = {split: components(own) for split, own in x.items()}
        for shift in found.shifts:
            result = emid(found.emi[model, ID_TEST], found.emi[model, shift])
            sides = [parts[ID_TEST], parts[shift]]
            now = (1, x[shift].shape[2])
            plan = cheapest(result, sides, lengths, now=now, half_width=half_width)
            width = (result.high - result.low) / 2
            rows.append(PlannedRow(model, shift, width, parts[shift], parts[ID_TEST], plan))
    return rows
