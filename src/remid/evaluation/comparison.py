"""Two evaluations of one benchmark, paired by dialogue: what is better and worse, and how surely.

The difference of two R-EMI on the same dialogues under the same responder is free of what the
dialogues share, so its interval is narrower than those of the two. Families, each corrected once
over the splits (Holm): the differences of R-EMI, those of R-EMID, and the tests against a margin.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import stats

from remid.domain.dialogue import REFERENCE
from remid.domain.errors import RemidError
from remid.domain.estimate import Estimate, Unit
from remid.domain.shift import ID_TEST
from remid.evaluation.estimates import estimates
from remid.evaluation.scored import ScoredSplit, Source
from remid.information.emi import emid_difference, model_difference, plain
from remid.information.interval import MINIMUM_DIALOGUES, Measured, holm, p_value

Measure = Literal["emi", "emid"]
A, B = "a", "b"
ALIKE = 0.02
"""Nats per token by which scores of one reference may differ: more than batches and number formats
do (docs/performance.md), less than another responder would."""


@dataclass(frozen=True)
class How:
    """How two evaluations are compared."""

    unit: Unit = "nats_per_token"
    level: float = 0.95
    """Of the intervals; its complement is the size of the tests against the margin."""
    measure: Measure = "emi"
    """What is judged worse: a lower R-EMI on a split, or a higher R-EMID under a shift."""
    margin: float | None = None
    """Nats by which B may be worse; None judges nothing."""


@dataclass(frozen=True)
class ComparisonRow:
    """One split."""

    split: str
    emi: Estimate
    """R-EMI of B less that of A; below 0 the replies of B carry less."""
    p_holm: float
    emid: Estimate | None
    """R-EMID of B less that of A; above 0 B loses more. None for ID."""
    emid_p_holm: float | None
    p_worse: float | None
    """One-sided p-value of "worse by no more than the margin", Holm-corrected; None where nothing
    is judged."""
    worse: bool
    """Whether B is worse beyond the margin at the level."""


@dataclass(frozen=True)
class Compared:
    """What a comparison found and what it left out."""

    rows: tuple[ComparisonRow, ...]
    left_out: Mapping[str, str]
    """Split to the reason."""
    unpaired: Mapping[str, int]
    """Split to its dialogues that only one of the two has."""


def compare(
    a: Mapping[str, ScoredSplit], b: Mapping[str, ScoredSplit], names: tuple[str, str], how: How
) -> Compared:
    """Set B against A on the dialogues that both have.

    Parameters
    ----------
    a, b : split to scores; each has the source that `names` says, and the references.

    Raises
    ------
    RemidError
        When ID is not in both, two responders scored them, or the margin is no number from 0.
    """
    if how.margin is not None and not how.margin >= 0:
        raise RemidError(f"the margin is {how.margin}, expected nats from 0.")
    first: dict[str, ScoredSplit] = {}
    second: dict[str, ScoredSplit] = {}
    left_out, unpaired = {}, {}
    for split in dict.fromkeys([*a, *b]):
        if split not in a or split not in b:
            left_out[split] = f"only in {'A' if split in a else 'B'}"
            continue
        kept = _common(a[split], b[split])
        unpaired[split] = len(set(a[split].ids) ^ set(b[split].ids))
        if len(kept) < MINIMUM_DIALOGUES:
            left_out[split] = f"{len(kept)} dialogues in both; it takes {MINIMUM_DIALOGUES}"
            continue
        first[split] = _restricted(a[split], kept, names[0], A)
        # Clusters are named from the dialogues that were evaluated: A's names serve for both.
        second[split] = replace(
            _restricted(b[split], kept, names[1], B), clusters=first[split].clusters
        )
        _require_one_responder(first[split], second[split])
    if ID_TEST not in first:
        raise RemidError(
            f"A and B: {ID_TEST}: {left_out.get(ID_TEST, 'in neither')}; compare two diagnoses of "
            "the same benchmark."
        )
    return Compared(_rows(first, second, how), left_out, unpaired)


def _rows(
    first: Mapping[str, ScoredSplit], second: Mapping[str, ScoredSplit], how: How
) -> tuple[ComparisonRow, ...]:
    a, b = (estimates(own, how.unit, level=how.level).emi for own in (first, second))
    emi: dict[str, Measured] = {
        split: model_difference(b[B, split], a[A, split]).estimate for split in first
    }
    emid: dict[str, Measured] = {
        split: emid_difference(b[B, ID_TEST], b[B, split], a[A, ID_TEST], a[A, split])
        for split in first
        if split != ID_TEST
    }
    p_emi = dict(zip(emi, holm([p_value(own) for own in emi.values()]), strict=True))
    p_emid = dict(zip(emid, holm([p_value(own) for own in emid.values()]), strict=True))
    margin = how.margin
    judged = {} if margin is None else emi if how.measure == "emi" else emid
    sign = -1.0 if how.measure == "emi" else 1.0
    tested = [beyond(sign, own, margin or 0.0) for own in judged.values()]
    p_worse = dict(zip(judged, holm(tested), strict=True))
    return tuple(
        ComparisonRow(
            split=split,
            emi=plain(emi[split]),
            p_holm=float(p_emi[split]),
            emid=plain(emid[split]) if split in emid else None,
            emid_p_holm=float(p_emid[split]) if split in emid else None,
            p_worse=float(p_worse[split]) if split in p_worse else None,
            # nan is not below anything: without an interval nothing is shown to be worse.
            worse=bool(p_worse.get(split, np.nan) < 1 - how.level),
        )
        for split in first
    )


def beyond(sign: float, difference: Measured, margin: float) -> float:
    """One-sided p-value of ``sign * difference <= margin``; nan where there is no interval.

    t = (sign * d - margin) / se with the difference's own degrees of freedom. Where no dialogue
    differs from another nothing varies, and the value itself decides.
    """
    excess = sign * difference.value - margin
    if difference.standard_error == 0:
        return float(excess <= 0)
    if not difference.standard_error > 0:
        return float("nan")
    return float(stats.t.sf(excess / difference.standard_error, difference.degrees))


def _common(a: ScoredSplit, b: ScoredSplit) -> tuple[str, ...]:
    """Dialogues of both, whose replies keep a negative on either side."""
    kept = [key for key in a.ids if key in set(b.ids)]
    while True:
        covered = _with_negative(a, kept) & _with_negative(b, kept)
        if len(covered) == len(kept):
            return tuple(kept)
        # A dialogue that goes takes its pairs along, which can leave another without one.
        kept = [key for key in kept if key in covered]


def _with_negative(own: ScoredSplit, kept: list[str]) -> set[str]:
    inside = np.isin(np.array(own.ids, dtype=object), kept)
    pairs = own.pairs[inside[own.pairs].all(axis=1)]
    return {own.ids[k] for k in np.unique(pairs[:, 1])}


def _restricted(own: ScoredSplit, kept: tuple[str, ...], model: str, side: str) -> ScoredSplit:
    """Return the split of these dialogues, in this order, with one model under its side's name."""
    if model not in own.models:
        raise RemidError(
            f"{own.split}: no replies of {model!r}; there are {', '.join(own.models)}."
        )
    place = {key: k for k, key in enumerate(own.ids)}
    rows = [place[key] for key in kept]
    number = np.full(len(own.ids), -1, dtype=np.int64)
    number[rows] = np.arange(len(rows))
    inside = (number[own.pairs] >= 0).all(axis=1)

    def part(source: Source) -> Source:
        return Source(
            positive=tuple(source.positive[k] for k in rows),
            negative=tuple(source.negative[m] for m in np.flatnonzero(inside)),
            copied=tuple(source.copied[k] for k in rows),
            shuffled=source.shuffled[rows],
        )

    return replace(
        own,
        ids=kept,
        clusters=tuple(own.clusters[k] for k in rows),
        pairs=number[own.pairs[inside]],
        sources={REFERENCE: part(own.sources[REFERENCE]), side: part(own.sources[model])},
    )


def _require_one_responder(a: ScoredSplit, b: ScoredSplit) -> None:
    """Refuse scores of two responders, whose nats are not the same: their references tell."""
    means = [
        np.array([values.mean() for values in own.sources[REFERENCE].positive]) for own in (a, b)
    ]
    apart = float(np.median(np.abs(means[0] - means[1])))
    if not apart <= ALIKE:
        raise RemidError(
            f"{a.split}: A and B give the same references scores that differ by {apart:.3f} nats per "
            "token, so two estimators or two versions of the dialogues made them; diagnose both "
            "with one."
        )
