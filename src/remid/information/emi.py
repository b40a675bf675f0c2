"""R-EMI of a model on one split, R-EMID between two, and differences between models."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remid.domain.errors import RemidError
from remid.domain.estimate import Estimate
from remid.information.arrays import FloatArray, IntArray
from remid.information.club import PairScores
from remid.information.interval import (
    Contributions,
    Measured,
    Terms,
    combine,
    estimate,
)


@dataclass(frozen=True, slots=True, eq=False)
class EmiResult:
    """R-EMI of one model on one split."""

    estimate: Measured
    terms: Terms
    """What each dialogue adds; their mean is the estimate."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Emid(Measured):
    """R-EMID of one model under one shift: an Estimate that remembers its two splits.

    ``n`` is the smaller split's. Write the fields of `Estimate` to files, not these.
    """

    id_result: EmiResult
    shift_result: EmiResult

    @property
    def contributions(self) -> Contributions:
        """What each cluster contributes to its error."""
        return combine([self.id_result.terms, self.shift_result.terms], [1, -1])


def emi(
    reply: PairScores,
    reference: PairScores,
    *,
    clusters: IntArray | None = None,
    level: float = 0.95,
) -> EmiResult:
    """R-EMI = vCLUB of the model's replies - vCLUB of the references, on the same pairs.

    What it estimates is q's R-EMI: the information that the responder can read from a reply.

    Parameters
    ----------
    reply, reference : scores in one unit, on the same dialogues and negative pairs.
    clusters : label of each dialogue's cluster, shape (n,); None: each dialogue is its own.

    Raises
    ------
    RemidError : different dialogues or pairs.
    """
    return information(reply.minus(reference), clusters=clusters, level=level)


def information(
    scores: PairScores, *, clusters: IntArray | None = None, level: float = 0.95
) -> EmiResult:
    """VCLUB of one set of scores with its interval."""
    return averaged(scores.terms, clusters=clusters, level=level)


def averaged(
    values: FloatArray, *, clusters: IntArray | None = None, level: float = 0.95
) -> EmiResult:
    """Mean of one value for each dialogue, shape (n,), with its interval by cluster."""
    # Without clusters every dialogue errs alone.
    labels = np.arange(values.size) if clusters is None else np.asarray(clusters, np.int64)
    terms = Terms(values, labels)
    return EmiResult(estimate([terms], [1], n=values.size, level=level), terms)


def emid(id_result: EmiResult, shift_result: EmiResult) -> Emid:
    """R-EMID = R-EMI(ID) - R-EMI(shift); above 0 the model loses information under the shift.

    Clusters with one label in both splits are paired: dialogues that the shift rewrites, and twins.
    """
    first, second = id_result.estimate, shift_result.estimate
    level = _one_level([id_result, shift_result])
    # n of the smaller split: the larger one alone would promise too much.
    value = estimate(
        [id_result.terms, shift_result.terms], [1, -1], n=min(first.n, second.n), level=level
    )
    return Emid(
        **{name: getattr(value, name) for name in Measured.__dataclass_fields__},
        id_result=id_result,
        shift_result=shift_result,
    )


def pooled_emid(id_result: EmiResult, shift_results: Sequence[EmiResult]) -> Measured:
    """R-EMI(ID) less the mean R-EMI of several shifts: the mean of their R-EMIDs.

    ``n`` is the smaller of ID's dialogues and the different clusters of the shifts.
    """
    results = [id_result, *shift_results]
    level = _one_level(results)
    # mean_s (A - B_s) = A - mean_s B_s: ID counts once, so its error is not averaged away.
    weights = [1.0, *[-1 / len(shift_results)] * len(shift_results)]
    # A cluster that several shifts share (a persona, a rewritten dialogue) is one piece of evidence.
    different = np.unique(np.concatenate([result.terms.clusters for result in shift_results])).size
    n = min(id_result.estimate.n, different)
    return estimate([result.terms for result in results], weights, n=n, level=level)


def model_difference(a: EmiResult, b: EmiResult) -> EmiResult:
    """R-EMI of model a less that of model b, paired by dialogue, as a result of its own.

    Raises
    ------
    RemidError : results on different dialogues.
    """
    # Clusters stand for dialogues here: values are subtracted one by one.
    if not np.array_equal(a.terms.clusters, b.terms.clusters):
        raise RemidError(
            f"difference of two models: {a.terms.clusters.size} and {b.terms.clusters.size} "
            "dialogues with different clusters, expected the same dialogues in one order."
        )
    return averaged(
        a.terms.values - b.terms.values, clusters=a.terms.clusters, level=_one_level([a, b])
    )


def emid_difference(
    a_id: EmiResult, a_shift: EmiResult, b_id: EmiResult, b_shift: EmiResult
) -> Emid:
    """R-EMID of model a less that of model b, paired by dialogue within each split."""
    return emid(model_difference(a_id, b_id), model_difference(a_shift, b_shift))


def _one_level(results: Sequence[EmiResult]) -> float:
    levels = {result.estimate.level for result in results}
    if len(levels) > 1:
        raise RemidError(
            f"intervals of levels {sorted(levels)}, expected one level: run emi with the same level "
            "on every split."
        )
    return levels.pop()


def plain(estimate: Estimate) -> Estimate:
    """Only the fields of `Estimate`, as a table or a file wants them."""
    return Estimate(**{name: getattr(estimate, name) for name in Estimate.__dataclass_fields__})
