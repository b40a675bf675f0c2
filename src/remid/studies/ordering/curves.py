"""Replies corrupted at known rates: whether R-EMI ranks them in order of the rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remid.domain.dialogue import REFERENCE
from remid.domain.estimate import Estimate, Unit
from remid.evaluation.scored import ScoredSplit
from remid.information.club import PairScores
from remid.information.emi import emi, model_difference, plain
from remid.information.interval import holm, p_value

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Curve:
    """R-EMI of the reference replies as more of them are corrupted in one way."""

    kind: str
    rates: list[float]
    emi: list[Estimate]
    """At each rate."""
    steps: list[Estimate]
    """From each rate to the next, paired by dialogue; below 0 is the right order."""
    p_holm: list[float]
    """Two-sided p-values of the steps, corrected over all kinds and steps together."""

    @property
    def ordered(self) -> bool:
        """Whether R-EMI falls at every step."""
        return all(step.value < 0 for step in self.steps)


def curves(
    scored: ScoredSplit,
    replaced: Mapping[str, Sequence[BoolArray]],
    rates: Sequence[float],
    *,
    unit: Unit,
    level: float,
) -> list[Curve]:
    """R-EMI along the rates, for every kind of corruption.

    Parameters
    ----------
    scored : its sources are the references and, by kind, every reply corrupted.
    replaced : kind to the dialogues whose reply is a corrupted one, shape (n,) at each rate.

    The mixtures cost nothing to score: a pair's score depends on its own reply alone.
    """
    reference = scored.scores(REFERENCE, unit)
    clusters = np.unique(scored.clusters, return_inverse=True)[1]
    found = []
    for kind, masks in replaced.items():
        bad = scored.scores(kind, unit)
        results = [
            emi(mixed(reference, bad, mask), reference, clusters=clusters, level=level)
            for mask in masks
        ]
        steps = [
            model_difference(b, a).estimate for a, b in zip(results, results[1:], strict=False)
        ]
        found.append((kind, results, steps))
    corrected = iter(holm([p_value(step) for _, _, steps in found for step in steps]).tolist())
    return [
        Curve(
            kind,
            list(rates),
            [plain(result.estimate) for result in results],
            [plain(step) for step in steps],
            [next(corrected) for _ in steps],
        )
        for kind, results, steps in found
    ]


def mixed(reference: PairScores, corrupted: PairScores, mask: BoolArray) -> PairScores:
    """Scores where the replies in `mask` are the corrupted ones, those of negatives too."""
    replies = reference.pairs[:, 1]
    return PairScores(
        np.where(mask, corrupted.positive, reference.positive),
        reference.pairs,
        np.where(mask[replies], corrupted.negative, reference.negative),
    )
