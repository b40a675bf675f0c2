"""Estimates of every source and split in one unit, made once for all rows of the table."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from remid.domain.dialogue import REFERENCE
from remid.domain.estimate import Unit
from remid.domain.shift import ID_TEST
from remid.evaluation.scored import Part, ScoredSplit
from remid.information.arrays import FloatArray, IntArray
from remid.information.emi import EmiResult, averaged, emi, information


@dataclass(frozen=True)
class Estimates:
    """Informations and R-EMI, with their terms by dialogue."""

    unit: Unit
    level: float
    emi: Mapping[tuple[str, str], EmiResult]
    """(model, split) to R-EMI."""
    replies: Mapping[tuple[str, str], EmiResult]
    """(model, split) to the information of the model's replies, A."""
    references: Mapping[str, EmiResult]
    """Split to the information of the references, B."""
    clusters: Mapping[str, IntArray]
    """Split to the number of each dialogue's cluster, one numbering for all splits."""

    @property
    def models(self) -> tuple[str, ...]:
        """The models under test."""
        return tuple(dict.fromkeys(model for model, _ in self.emi))

    @property
    def shifts(self) -> tuple[str, ...]:
        """Every split but ID."""
        return tuple(split for split in self.references if split != ID_TEST)

    def part(self, scored: ScoredSplit, source: str, part: Part) -> EmiResult:
        """Information of a part of the tokens of one source."""
        scores = scored.scores(source, self.unit, part)
        return information(scores, clusters=self.clusters[scored.split], level=self.level)

    def less_reference(self, scored: ScoredSplit, model: str, part: Part) -> EmiResult:
        """R-EMI of a part of the tokens."""
        own, reference = (scored.scores(each, self.unit, part) for each in (model, REFERENCE))
        return emi(own, reference, clusters=self.clusters[scored.split], level=self.level)

    def mean(self, scored: ScoredSplit, values: FloatArray) -> EmiResult:
        """Mean of one value for each dialogue of a split."""
        return averaged(values, clusters=self.clusters[scored.split], level=self.level)


def estimates(scored: Mapping[str, ScoredSplit], unit: Unit, *, level: float) -> Estimates:
    """Estimate every source on every split."""
    clusters = cluster_numbers(scored)
    # Information of every source by itself first: R-EMI is a difference of their terms.
    sources = {
        (source, split): information(
            own.scores(source, unit), clusters=clusters[split], level=level
        )
        for split, own in scored.items()
        for source in (REFERENCE, *own.models)
    }
    replies = {key: result for key, result in sources.items() if key[0] != REFERENCE}
    return Estimates(
        unit=unit,
        level=level,
        emi={
            (model, split): averaged(
                # c_j of the reply less c_j of the reference: both are centred on the same negatives.
                result.terms.values - sources[REFERENCE, split].terms.values,
                clusters=clusters[split],
                level=level,
            )
            for (model, split), result in replies.items()
        },
        replies=replies,
        references={split: sources[REFERENCE, split] for split in scored},
        clusters=clusters,
    )


def cluster_numbers(scored: Mapping[str, ScoredSplit]) -> dict[str, IntArray]:
    """Number the clusters, those of one name in several splits alike."""
    # One numbering for all splits, since equal names in two splits are one cluster.
    numbers: dict[str, int] = {}
    return {
        split: np.array([numbers.setdefault(name, len(numbers)) for name in own.clusters])
        for split, own in scored.items()
    }
