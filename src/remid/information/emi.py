"""R-EMI of a model on one split, R-EMID between two, and differences between models."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remid.domain.errors import RemidError
from remid.domain.estimate import Estimate
from remid.information.arrays import IntArray
from remid.information.club import PairScores, vclub
from remid.information.interval import (
    Components,
    Measured,
    combine,
    components,
    measured,
    subtract,
)


@dataclass(frozen=True, slots=True, eq=False)
class EmiResult:
    """R-EMI of one model on one split."""

    estimate: Measured
    difference: PairScores
    """Scores of the model's replies less those of the references."""
    components: Components


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Emid(Measured):
    """R-EMID of one model under one shift: an Estimate that remembers its two splits.

    ``n`` is the smaller split's. Write the fields of `Estimate` to files, not these.
    """

    id_result: EmiResult
    shift_result: EmiResult
    components: Components


def emi(
    reply: PairScores,
    reference: PairScores,
    *,
    level: float = 0.95,
) -> EmiResult:
    """R-EMI = vCLUB of the model's replies - vCLUB of the references, on the same pairs.

    What it estimates is q's R-EMI: the information that the responder can read from a reply.

    Parameters
    ----------
    reply, reference : scores in one unit, on the same dialogues and negative pairs.

    Raises
    ------
    RemidError : different dialogues or pairs.
    """
    return _result(reply.minus(reference), level=level)


def emid(id_result: EmiResult, shift_result: EmiResult, *, common: IntArray | None = None) -> Emid:
    """R-EMID = R-EMI(ID) - R-EMI(shift); above 0 the model loses information under the shift.

    Parameters
    ----------
    common : (c, 2) rows (dialogue of ID, dialogue of the shift) that are one dialogue, as where
        the shift was constructed from ID's dialogues; their errors are correlated. None:
        independent splits.
    """
    parts = subtract(id_result.components, shift_result.components, common)
    first, second = id_result.estimate, shift_result.estimate
    if first.level != second.level:
        raise RemidError(
            f"R-EMID: intervals of level {first.level} and {second.level}, expected one level: "
            "run emi with the same level on both splits."
        )
    value = measured(first.value - second.value, parts, n=min(first.n, second.n), level=first.level)
    return Emid(
        **{name: getattr(value, name) for name in Measured.__dataclass_fields__},
        id_result=id_result,
        shift_result=shift_result,
        components=parts,
    )


def pooled_emid(
    id_result: EmiResult, shift_results: Sequence[EmiResult], *, labels: Sequence[IntArray]
) -> Measured:
    """R-EMI(ID) less the mean R-EMI of several shifts: the mean of their R-EMIDs.

    Parameters
    ----------
    labels : number of each dialogue of ID, then of each shift; see `combine`. Dialogues with one
        number are one dialogue, so that shifts constructed from the same ones are not counted as
        independent.

    Returns
    -------
    Measured
        ``n`` is the smaller of ID's dialogues and the different dialogues of the shifts.
    """
    results, share = [id_result, *shift_results], -1 / len(shift_results)
    if len({result.estimate.level for result in results}) > 1:
        raise RemidError(
            "pooled R-EMID: intervals of several levels, expected one: run emi with the same level "
            "on every split."
        )
    weights = [1, *[share] * len(shift_results)]
    parts = combine([result.components for result in results], weights, labels)
    value = sum(
        weight * result.estimate.value for weight, result in zip(weights, results, strict=True)
    )
    n = min(len(labels[0]), np.unique(np.concatenate(labels[1:])).size)
    return measured(float(value), parts, n=n, level=id_result.estimate.level)


def model_difference(a: EmiResult, b: EmiResult) -> EmiResult:
    """R-EMI of model a less that of model b as a result of its own."""
    return _result(a.difference.minus(b.difference), level=a.estimate.level)


def paired_difference(a: EmiResult, b: EmiResult) -> Measured:
    """R-EMI of model a less that of model b, on the same dialogues and negative pairs."""
    return model_difference(a, b).estimate


def emid_difference(
    a_id: EmiResult,
    a_shift: EmiResult,
    b_id: EmiResult,
    b_shift: EmiResult,
    *,
    common: IntArray | None = None,
) -> Emid:
    """R-EMID of model a less that of model b, paired by dialogue within each split."""
    return emid(model_difference(a_id, b_id), model_difference(a_shift, b_shift), common=common)


def club_estimate(scores: PairScores, *, level: float = 0.95) -> Measured:
    """VCLUB of one set of scores with its interval."""
    parts = components(scores.positive, scores.pairs, scores.negative)
    return measured(vclub(scores), parts, n=scores.n, level=level)


def plain(estimate: Estimate) -> Estimate:
    """Only the fields of `Estimate`, as a table or a file wants them."""
    return Estimate(**{name: getattr(estimate, name) for name in Estimate.__dataclass_fields__})


def _result(difference: PairScores, *, level: float) -> EmiResult:
    parts = components(difference.positive, difference.pairs, difference.negative)
    estimate = measured(vclub(difference), parts, n=difference.n, level=level)
    return EmiResult(estimate=estimate, difference=difference, components=parts)
