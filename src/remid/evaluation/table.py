"""One table: (model, split) to R-EMI, R-EMID, bounds and the worst case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from remid.domain.estimate import Estimate, Unit
from remid.domain.shift import ID_TEST
from remid.evaluation.factors import FactorRow, factor_rows
from remid.evaluation.scored import REFERENCE, ScoredSplit
from remid.information.arrays import FloatArray, IntArray
from remid.information.bound import Bounds, bounds
from remid.information.club import bracket
from remid.information.divergence import InputShift
from remid.information.emi import Emid, EmiResult, emi, emid, emid_difference, plain
from remid.information.interval import Measured, holm, p_value, required_dialogues
from remid.information.worst_case import worst_case

UNITS: tuple[Unit, ...] = ("nats_per_token", "nats_per_reply")


@dataclass(frozen=True)
class EmiRow:
    """R-EMI of one model on one split."""

    model: str
    split: str
    unit: Unit
    emi: Estimate
    missing: int
    """Dialogues without a reply, left out."""
    lower: float
    """InfoNCE bound on the information of the model's replies, nats per reply."""
    upper: float
    """vCLUB of the model's replies, nats per reply."""


@dataclass(frozen=True)
class EmidRow:
    """R-EMID of one model under one shift."""

    model: str
    shift: str
    unit: Unit
    emid: Estimate
    p: float
    """Two-sided p-value of R-EMID = 0."""
    p_holm: float
    """The same, corrected over the shifts of the model."""
    paper: float
    joint: float
    scaled: float
    shares: dict[str, float]
    """Each factor's share of the input term."""
    warning: str
    """Why the published bound cannot be trusted here; empty where nothing speaks against it."""
    dialogues_needed: int | None
    """Dialogues per split for an interval half as wide; None where undefined."""


@dataclass(frozen=True)
class WorstRow:
    """Worst-case risk of one model."""

    model: str
    unit: Unit
    shift: str
    risk: Estimate


@dataclass(frozen=True)
class DifferenceRow:
    """R-EMID of one model less that of another, paired by dialogue."""

    model: str
    against: str
    shift: str
    unit: Unit
    difference: Estimate
    p_holm: float


@dataclass(frozen=True)
class InputRow:
    """How far one shift's inputs lie from ID's, in nats, with the floor of no shift."""

    shift: str
    factors: dict[str, float]
    floors: dict[str, float]
    joint: float
    joint_floor: float


@dataclass(frozen=True)
class Table:
    """All figures of one evaluation."""

    emi: list[EmiRow] = field(default_factory=list)
    emid: list[EmidRow] = field(default_factory=list)
    factors: list[FactorRow] = field(default_factory=list)
    worst: list[WorstRow] = field(default_factory=list)
    differences: list[DifferenceRow] = field(default_factory=list)
    inputs: list[InputRow] = field(default_factory=list)
    perplexity: dict[str, float] = field(default_factory=dict)
    """Of the reference replies under q, per split."""


@dataclass(frozen=True)
class Divergences:
    """What the embeddings say, measured once for all models."""

    inputs: Mapping[str, InputShift]
    """Per shift."""
    outputs: Mapping[tuple[str, str], float]
    """JS of replies and references, per (model, split)."""


def tabulate(
    scored: Mapping[str, ScoredSplit],
    divergences: Divergences,
    parents: Mapping[str, str],
    *,
    level: float,
    resamples: int,
    seed: int,
) -> Table:
    """Estimate everything from the scores.

    Parameters
    ----------
    scored : split to its scores; ``id_test`` is the reference distribution P.
    parents : constructed dialogue to the ID dialogue it shares its reply with; where a shift has
        them its errors correlate with ID's.
    """
    table = Table(perplexity={split: s.perplexity() for split, s in scored.items()})
    for shift, moved in divergences.inputs.items():
        floors = dict(moved.factor_floors or {})
        table.inputs.append(
            InputRow(shift, dict(moved.factors), floors, moved.joint, moved.joint_floor)
        )
    shifts = [split for split in scored if split != ID_TEST]
    for unit in UNITS:
        results = _emi_rows(table, scored, unit, level=level, resamples=resamples, seed=seed)
        measured = {
            (model, shift): emid(
                results[model, ID_TEST],
                results[model, shift],
                common=_common(scored[ID_TEST], scored[shift], parents),
            )
            for model in scored[ID_TEST].models
            for shift in shifts
        }
        for model in scored[ID_TEST].models:
            own = {shift: measured[model, shift] for shift in shifts}
            _emid_rows(table, scored, divergences, model, unit, own)
            rng = np.random.default_rng([seed, 2])
            worst = worst_case(own, rng=rng, resamples=resamples)
            table.worst.append(WorstRow(model, unit, worst.shift, plain(worst.estimate)))
        table.factors.extend(factor_rows(scored, results, parents, unit))
        _difference_rows(table, scored, results, shifts, parents, unit)
    return table


def _emi_rows(
    table: Table,
    scored: Mapping[str, ScoredSplit],
    unit: Unit,
    *,
    level: float,
    resamples: int,
    seed: int,
) -> dict[tuple[str, str], EmiResult]:
    results = {}
    for split, scores in scored.items():
        for model in scores.models:
            result = emi(
                scores.scores(model, unit),
                scores.scores(REFERENCE, unit),
                level=level,
                resamples=resamples,
                rng=np.random.default_rng([seed, 1]),
            )
            results[model, split] = result
            ends = bracket(scores.scores(model, "nats_per_reply"))
            table.emi.append(
                EmiRow(
                    model,
                    split,
                    unit,
                    plain(result.estimate),
                    scores.missing,
                    ends.lower,
                    ends.upper,
                )
            )
    return results


def _emid_rows(
    table: Table,
    scored: Mapping[str, ScoredSplit],
    divergences: Divergences,
    model: str,
    unit: Unit,
    own: Mapping[str, Emid],
) -> None:
    p_values = [p_value(result) for result in own.values()]
    corrected = holm(p_values)
    for (shift, result), p, p_holm in zip(own.items(), p_values, corrected, strict=True):
        limits = _bounds(scored, divergences, model, shift, unit)
        table.emid.append(
            EmidRow(
                model=model,
                shift=shift,
                unit=unit,
                emid=plain(result),
                p=float(p),
                p_holm=float(p_holm),
                paper=limits.paper,
                joint=limits.joint,
                scaled=limits.scaled,
                shares=dict(limits.shares),
                warning=limits.dependence_warning,
                dialogues_needed=_needed(result),
            )
        )


def _bounds(
    scored: Mapping[str, ScoredSplit],
    divergences: Divergences,
    model: str,
    shift: str,
    unit: Unit,
) -> Bounds:
    return bounds(
        inputs=divergences.inputs[shift],
        id_outputs=divergences.outputs[model, ID_TEST],
        shift_outputs=divergences.outputs[model, shift],
        id_reply=scored[ID_TEST].scores(model, unit),
        id_reference=scored[ID_TEST].scores(REFERENCE, unit),
        shift_reply=scored[shift].scores(model, unit),
        shift_reference=scored[shift].scores(REFERENCE, unit),
    )


def _difference_rows(
    table: Table,
    scored: Mapping[str, ScoredSplit],
    results: Mapping[tuple[str, str], EmiResult],
    shifts: Sequence[str],
    parents: Mapping[str, str],
    unit: Unit,
) -> None:
    models = scored[ID_TEST].models
    for against, model in ((a, b) for k, a in enumerate(models) for b in models[k + 1 :]):
        found: list[Emid] = [
            emid_difference(
                results[model, ID_TEST],
                results[model, shift],
                results[against, ID_TEST],
                results[against, shift],
                common=_common(scored[ID_TEST], scored[shift], parents),
            )
            for shift in shifts
        ]
        corrected: FloatArray = holm([p_value(result) for result in found])
        table.differences.extend(
            DifferenceRow(model, against, shift, unit, plain(result), float(p))
            for shift, result, p in zip(shifts, found, corrected, strict=True)
        )


def _common(
    id_split: ScoredSplit, shifted: ScoredSplit, parents: Mapping[str, str]
) -> IntArray | None:
    """Rows (ID dialogue, constructed dialogue) that share their reference reply."""
    place = {key: k for k, key in enumerate(id_split.ids)}
    rows = [
        (place[parents[key]], k) for k, key in enumerate(shifted.ids) if parents.get(key) in place
    ]
    return np.array(rows, dtype=np.int64) if rows else None


def _needed(result: Measured) -> int | None:
    """Dialogues per split for half of the interval's present half-width."""
    half = (result.high - result.low) / 4
    return required_dialogues(result, half) if half > 0 else None
