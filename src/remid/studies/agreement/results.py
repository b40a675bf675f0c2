"""Agreement of every measure with every rating, per reply and per system, beside the raters' own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np

from remid.domain.errors import RemidError
from remid.domain.streams import Stream, generator
from remid.information.arrays import FloatArray
from remid.studies.agreement.correlations import (
    Agreement,
    Ceiling,
    agreement,
    ceiling,
    system_agreement,
)

Found = TypeVar("Found")


@dataclass(frozen=True)
class Rated:
    """What is correlated: one entry for each reply, n of them."""

    measures: Mapping[str, FloatArray]
    """Name to one number for each reply; nan where it has none."""
    ratings: Mapping[str, Sequence[Mapping[str, float]]]
    """What was rated to, for each reply, rater to rating."""
    systems: Sequence[str]
    contexts: Sequence[str]
    """What is resampled: the context of each reply, or its conversation."""

    def mean(self, rating: str) -> FloatArray:
        """Mean over the raters of each reply, shape (n,); nan where nobody rated it."""
        return np.array(
            [np.mean([*own.values()]) if own else np.nan for own in self.ratings[rating]]
        )

    def by_rater(self, rating: str) -> tuple[list[str], FloatArray]:
        """Raters, and their ratings, shape (n, raters)."""
        own = self.ratings[rating]
        raters = [*dict.fromkeys(rater for given in own for rater in given)]
        values = [[given.get(rater, np.nan) for rater in raters] for given in own]
        return raters, np.array(values, dtype=np.float64)


@dataclass(frozen=True)
class MeasureRow:
    """How one measure goes with one rating."""

    rating: str
    measure: str
    replies: int
    """That have both."""
    per_reply: Agreement | None
    per_system: Agreement | None
    undefined: dict[str, str] = field(default_factory=dict)
    """Why there is no agreement per ``reply`` or per ``system``."""


@dataclass(frozen=True)
class CeilingRow:
    """How one rater goes with the mean of the others."""

    rating: str
    raters: int
    per_reply: Ceiling | None
    per_system: Ceiling | None
    undefined: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SystemRow:
    """One system's means."""

    system: str
    replies: int
    ratings: dict[str, float]
    measures: dict[str, float]


@dataclass(frozen=True)
class Results:
    """Everything that is correlated."""

    rows: list[MeasureRow]
    ceilings: list[CeilingRow]
    systems: list[SystemRow]

    def row(self, rating: str, measure: str) -> MeasureRow:
        """The row of one measure and one rating."""
        return next(row for row in self.rows if (row.rating, row.measure) == (rating, measure))


def results(rated: Rated, *, level: float, resamples: int, seed: int) -> Results:
    """Correlate every measure with the mean rating, and each rater with the rest.

    Intervals resample contexts, the same resamples for every measure.
    """

    def rng() -> np.random.Generator:
        return generator(seed, Stream.HUMAN_AGREEMENT)

    systems, contexts = np.array(rated.systems), np.array(rated.contexts)
    rows, ceilings = [], []
    for rating in rated.ratings:
        mean = rated.mean(rating)
        for measure, values in rated.measures.items():
            # A reply without a reference has no R-EMI, and still a length.
            kept = np.isfinite(values) & np.isfinite(mean)
            x, y, groups = values[kept], mean[kept], contexts[kept].tolist()
            undefined: dict[str, str] = {}
            replies = partial(
                agreement, x, y, groups=groups, level=level, resamples=resamples, rng=rng()
            )
            means = partial(
                system_agreement,
                x,
                y,
                systems=systems[kept].tolist(),
                groups=groups,
                level=level,
                resamples=resamples,
                rng=rng(),
            )
            per_reply = _tried(replies, "reply", undefined)
            per_system = _tried(means, "system", undefined)
            rows.append(
                MeasureRow(rating, measure, int(kept.sum()), per_reply, per_system, undefined)
            )
        ceilings.append(_ceiling(rated, rating, level=level, resamples=resamples, rng=rng))
    return Results(rows, ceilings, _systems(rated))


def _ceiling(
    rated: Rated,
    rating: str,
    *,
    level: float,
    resamples: int,
    rng: Callable[[], np.random.Generator],
) -> CeilingRow:
    raters, values = rated.by_rater(rating)
    undefined: dict[str, str] = {}

    own = partial(ceiling, values, raters, groups=rated.contexts, level=level, resamples=resamples)
    per_reply = _tried(partial(own, rng=rng()), "reply", undefined)
    per_system = _tried(partial(own, systems=rated.systems, rng=rng()), "system", undefined)
    return CeilingRow(
        rating,
        len(raters),
        per_reply,
        per_system,
        undefined,
    )


def _tried(work: Callable[[], Found], per: str, undefined: dict[str, str]) -> Found | None:
    """Do `work`; where it is undefined, note why."""
    try:
        return work()
    except RemidError as error:
        undefined[per] = str(error)
        return None


def _systems(rated: Rated) -> list[SystemRow]:
    """Means of every system, the best rated first."""
    systems = np.array(rated.systems)
    rows = []
    for system in dict.fromkeys(rated.systems):
        own = systems == system
        rows.append(
            SystemRow(
                system,
                int(own.sum()),
                {rating: _mean(rated.mean(rating)[own]) for rating in rated.ratings},
                {name: _mean(values[own]) for name, values in rated.measures.items()},
            )
        )
    # By the first rating: systems need one order in the table.
    first = next(iter(rated.ratings), "")
    return sorted(rows, key=lambda row: -row.ratings.get(first, 0.0))


def _mean(values: FloatArray) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else float("nan")
