"""Several trainings of each model: their scores averaged, so that one table speaks of all seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from remid.domain.dialogue import REFERENCE
from remid.domain.estimate import Unit
from remid.domain.shift import ID_TEST
from remid.evaluation.factors import by_factor
from remid.evaluation.scored import Part, ScoredSplit
from remid.evaluation.table import Divergences
from remid.information.arrays import FloatArray
from remid.information.club import Bracket, PairScores, vclub
from remid.information.moved import averaged


def name(model: str, seed: int) -> str:
    """Name of one training as a source of replies."""
    return f"{model}@{seed}"


@dataclass(frozen=True, eq=False)
class Repeated(ScoredSplit):
    """One split's scores whose sources are trainings, read as models.

    R-EMI is linear in per-token scores, so that of the averaged scores is the seeds' average,
    and its interval speaks of other dialogues and of these seeds.
    """

    compared: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """The models, each over all of its seeds."""
        return self.compared

    def scores(self, source: str, unit: Unit, part: Part = "whole") -> PairScores:
        """Scores of one source, averaged over the seeds of a model."""
        if source not in self.compared:
            return super().scores(source, unit, part)
        # E over seeds of S[i, j], pair by pair: the negatives are the same for every seed.
        own = [super(Repeated, self).scores(name(source, seed), unit, part) for seed in self.seeds]
        return PairScores(
            np.mean([scores.positive for scores in own], axis=0),
            self.pairs,
            np.mean([scores.negative for scores in own], axis=0),
        )

    def noise(self, source: str, unit: Unit) -> FloatArray:
        """Variance of the averaged score: the seeds' replies are drawn apart."""
        if source not in self.compared:
            return super().noise(source, unit)
        own = [super(Repeated, self).noise(name(source, seed), unit) for seed in self.seeds]
        # Var of a mean of k independent draws is their mean variance over k.
        mean: FloatArray = np.mean(own, axis=0) / len(self.seeds)
        return mean

    def order(self, source: str) -> FloatArray:
        """How much better a reply is than its words shuffled, averaged over the seeds."""
        if source not in self.compared:
            return super().order(source)
        own = [super(Repeated, self).order(name(source, seed)) for seed in self.seeds]
        mean: FloatArray = np.mean(own, axis=0)
        return mean

    def copied_share(self, source: str) -> float:
        """Share of copied tokens, averaged over the seeds."""
        if source not in self.compared:
            return super().copied_share(source)
        own = [super(Repeated, self).copied_share(name(source, seed)) for seed in self.seeds]
        return float(np.mean(own))

    def ends(self, source: str) -> Bracket:
        """Bound each training's information, then average: averaged scores bound another quantity.

        InfoNCE of averaged scores bounds what all the draws tell together, which may lie above the
        information of any one of them.
        """
        if source not in self.compared:
            return super().ends(source)
        own = [super(Repeated, self).ends(name(source, seed)) for seed in self.seeds]
        return Bracket(*(float(np.mean([getattr(e, f) for e in own])) for f in Bracket.__slots__))

    def beaten(self, source: str) -> float:
        """Share of negatives beaten, averaged over the seeds."""
        if source not in self.compared:
            return super().beaten(source)
        own = [super(Repeated, self).beaten(name(source, seed)) for seed in self.seeds]
        return float(np.mean(own))


def repeat(scored: ScoredSplit, models: Sequence[str], seeds: Sequence[int]) -> Repeated:
    """Read the sources ``MODEL@SEED`` of a split as repeated trainings."""
    fields = {key: getattr(scored, key) for key in ScoredSplit.__dataclass_fields__}
    return Repeated(**fields, compared=tuple(models), seeds=tuple(seeds))


def average(divergences: Divergences, models: Sequence[str], seeds: Sequence[int]) -> Divergences:
    """Average the outputs' divergences over the seeds of each model."""
    # JS of each training, then the mean: JS of pooled replies would be another quantity.
    splits = dict.fromkeys(split for _, split in divergences.outputs)
    outputs = {
        (model, split): averaged([divergences.outputs[name(model, seed), split] for seed in seeds])
        for model in models
        for split in splits
    }
    return Divergences(divergences.inputs, outputs)


def apart(
    scored: Mapping[str, ScoredSplit], models: Sequence[str], seeds: Sequence[int], unit: Unit
) -> dict[str, dict[str, tuple[float, ...]]]:
    """R-EMI on ID and mean R-EMID by factor of every training: what the averages are made of.

    Returns
    -------
    dict
        Model to ``id_test`` and every factor, to a value for each seed.
    """

    def remi(source: str, split: str) -> float:
        own = scored[split]
        # The plain estimate of one training: its interval is not what the spread over seeds shows.
        return vclub(own.scores(source, unit).minus(own.scores(REFERENCE, unit)))

    factors = by_factor(scored)
    found: dict[str, dict[str, tuple[float, ...]]] = {}
    for model in models:
        values = {
            split: np.array([remi(name(model, seed), split) for seed in seeds]) for split in scored
        }
        found[model] = {ID_TEST: tuple(values[ID_TEST].tolist())}
        for factor, splits in factors.items():
            # R-EMID of a factor, seed by seed.
            lost = values[ID_TEST] - np.mean([values[split] for split in splits], axis=0)
            found[model][factor] = tuple(lost.tolist())
    return found
