"""Replies corrupted at known rates: whether R-EMI ranks them in order of the rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remid.domain.dialogue import REFERENCE
from remid.domain.estimate import Estimate, Unit
from remid.evaluation.estimates import Estimates, estimates
from remid.evaluation.scored import ScoredSplit, Source
from remid.evaluation.table import EmiRow, Table
from remid.evaluation.tabulate import emi_rows, split_rows
from remid.information.arrays import IntArray
from remid.information.emi import model_difference, plain
from remid.information.interval import holm, p_value

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Curve:
    """R-EMI of the reference replies as more of them are corrupted in one way."""

    kind: str
    rates: list[float]
    rows: list[EmiRow]
    """At each rate, with what stands beside R-EMI in every table."""
    steps: list[Estimate]
    """From each rate to the next, paired by dialogue; below 0 is the right order."""
    p_holm: list[float]
    """Two-sided p-values of the steps, corrected over all kinds and steps together."""

    @property
    def emi(self) -> list[Estimate]:
        """R-EMI at each rate."""
        return [row.emi for row in self.rows]

    @property
    def ordered(self) -> bool:
        """Whether R-EMI falls at every step."""
        return all(step.value < 0 for step in self.steps)


@dataclass(frozen=True)
class Curves:
    """All kinds of corruption in one unit."""

    kinds: list[Curve]
    table: Table
    """The same mixtures as the models of a table, for what warns a table's reader."""


def curves(
    scored: ScoredSplit,
    replaced: Mapping[str, Sequence[BoolArray]],
    rates: Sequence[float],
    *,
    unit: Unit,
    level: float,
) -> Curves:
    """R-EMI along the rates, for every kind of corruption.

    Parameters
    ----------
    scored : its sources are the references and, by kind, every reply corrupted.
    replaced : kind to the dialogues whose reply is a corrupted one, shape (n,) at each rate.

    The mixtures cost nothing to score: a pair's score depends on its own reply alone.
    """
    reference = scored.sources[REFERENCE]
    sources = {REFERENCE: reference} | {
        mixture_name(kind, rate): mixed(reference, scored.sources[kind], mask, scored.pairs)
        for kind, masks in replaced.items()
        for rate, mask in zip(rates, masks, strict=True)
    }
    mixtures = {scored.split: replace(scored, sources=sources)}
    found = estimates(mixtures, unit, level=level)
    # A mixture is a source of replies, so every row of the usual table can be made of it.
    rows = {row.model: row for row in emi_rows(mixtures, found)}
    steps = {kind: _steps(found, scored.split, kind, rates) for kind in replaced}
    corrected = iter(holm([p for own in steps.values() for _, p in own]).tolist())
    return Curves(
        [
            Curve(
                kind,
                list(rates),
                [rows[mixture_name(kind, rate)] for rate in rates],
                [step for step, _ in steps[kind]],
                [next(corrected) for _ in steps[kind]],
            )
            for kind in replaced
        ],
        Table(splits=list(split_rows(mixtures, found)), emi=list(rows.values())),
    )


def mixture_name(kind: str, rate: float) -> str:
    """What replies of which a share is corrupted are called: ``word salad, 50%``."""
    return f"{kind.replace('_', ' ')}, {rate:.0%}"


def mixed(reference: Source, corrupted: Source, mask: BoolArray, pairs: IntArray) -> Source:
    """Scores where the replies in `mask` are the corrupted ones, those of negatives too."""
    chosen = [corrupted if bad else reference for bad in mask.tolist()]
    return Source(
        positive=tuple(own.positive[k] for k, own in enumerate(chosen)),
        negative=tuple(chosen[reply].negative[k] for k, reply in enumerate(pairs[:, 1].tolist())),
        copied=tuple(own.copied[k] for k, own in enumerate(chosen)),
        shuffled=np.where(mask[:, None], corrupted.shuffled, reference.shuffled),
    )


def _steps(
    found: Estimates, split: str, kind: str, rates: Sequence[float]
) -> list[tuple[Estimate, float]]:
    """From each rate to the next, with the p-value."""
    results = [found.emi[mixture_name(kind, rate), split] for rate in rates]
    measured = [model_difference(b, a).estimate for a, b in zip(results, results[1:], strict=False)]
    return [(plain(step), p_value(step)) for step in measured]
