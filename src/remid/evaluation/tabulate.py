"""From scores to the table: every estimate, its family of tests, its bounds."""

from collections.abc import Mapping, Sequence

import numpy as np

from remid.domain.dialogue import REFERENCE
from remid.domain.estimate import Unit
from remid.domain.shift import ID_TEST
from remid.domain.streams import Stream, generator
from remid.evaluation.factors import factor_rows
from remid.evaluation.scored import ScoredSplit
from remid.evaluation.table import (
    UNITS,
    DifferenceRow,
    Divergences,
    EmidRow,
    EmiRow,
    InputRow,
    Table,
    WorstRow,
)
from remid.information.arrays import FloatArray, IntArray
from remid.information.bound import Bounds, bounds
from remid.information.club import bracket
from remid.information.emi import Emid, EmiResult, emi, emid, emid_difference, plain
from remid.information.interval import Measured, holm, p_value, required_dialogues
from remid.information.worst_case import worst_case


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
        results = _emi_rows(table, scored, unit, level=level)
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
            rng = generator(seed, Stream.WORST_CASE)
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
) -> dict[tuple[str, str], EmiResult]:
    results = {}
    for split, scores in scored.items():
        for model in scores.models:
            result = emi(
                scores.scores(model, unit),
                scores.scores(REFERENCE, unit),
                level=level,
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
