"""From scores to the table: every estimate, its marks, its family of tests, its bounds.

Families, each corrected once over all of its tests in a unit (Holm): R-EMID of every model under
every shift; its mean over every factor for every model; the differences of every two models under
every shift; and those over every factor.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from remid.domain.dialogue import REFERENCE
from remid.domain.estimate import Unit
from remid.domain.shift import ID_TEST
from remid.domain.streams import Stream, generator
from remid.evaluation.bounded import BoundRows
from remid.evaluation.controls import halves_rows, replaced_rows
from remid.evaluation.estimates import Estimates, estimates
from remid.evaluation.factors import factor_rows
from remid.evaluation.scored import ScoredSplit
from remid.evaluation.table import (
    SATURATED,
    UNITS,
    DifferenceRow,
    Divergences,
    EmidRow,
    EmiRow,
    InputRow,
    Moved,
    SplitRow,
    Table,
    WorstRow,
)
from remid.information.controls import detectable
from remid.information.emi import Emid, emid, emid_difference, plain
from remid.information.interval import Measured, holm, p_value, required_dialogues
from remid.information.moved import Divergence
from remid.information.ratio import linear_ratio, ratio
from remid.information.worst_case import worst_case


@dataclass(frozen=True)
class Settings:
    """How a table is estimated."""

    level: float = 0.95
    """Nominal coverage of the intervals."""
    resamples: int = 2000
    """Replicates behind the worst case."""
    seed: int = 0


def tabulate(
    scored: Mapping[str, ScoredSplit], divergences: Divergences, settings: Settings
) -> Table:
    """Estimate everything from the scores.

    Parameters
    ----------
    scored : split to its scores; ``id_test`` is the reference distribution P. Clusters of one name
        in two splits are paired.
    """
    table = Table()
    table.inputs.extend(_input_rows(divergences, settings.level))
    # Both units from the same scores: per token and per reply may differ in sign.
    for unit in UNITS:
        found = estimates(scored, unit, level=settings.level)
        table.splits.extend(split_rows(scored, found))
        table.emi.extend(emi_rows(scored, found))
        rows, measured = _emid_rows(
            table, found, BoundRows(scored, divergences, unit, settings.level, settings.seed)
        )
        table.emid.extend(rows)
        table.worst.extend(_worst_rows(rows, measured, unit, settings))
        table.factors.extend(factor_rows(found))
        table.differences.extend(_difference_rows(found))
        table.replaced.extend(replaced_rows(scored, found, settings.seed))
        table.halves.extend(halves_rows(found, settings.seed))
    return table


def _input_rows(divergences: Divergences, level: float) -> Iterator[InputRow]:
    def moved(own: Divergence) -> Moved:
        return Moved(own.estimate(level), own.raw, own.floor)

    for shift, found in divergences.inputs.items():
        # None in the table: JSON has no nan, and "not tested" is no p-value.
        p = found.dependence.p
        yield InputRow(
            shift=shift,
            factors={name: moved(own) for name, own in found.factors.items()},
            joint=moved(found.joint),
            dependence=dict(found.dependence.pairs),
            dependence_p=None if np.isnan(p) else p,
        )


def split_rows(scored: Mapping[str, ScoredSplit], found: Estimates) -> Iterator[SplitRow]:
    """What the estimators see of the references of every split; one of them is ID."""
    on_id = found.references[ID_TEST].estimate
    for split, own in scored.items():
        read = found.references[split].estimate
        counts = own.counts
        yield SplitRow(
            split=split,
            unit=found.unit,
            information=plain(read),
            copied=plain(found.part(own, REFERENCE, "copied").estimate),
            novel=plain(found.part(own, REFERENCE, "novel").estimate),
            order=plain(found.mean(own, own.order(REFERENCE)).estimate),
            beaten=own.beaten(REFERENCE),
            clusters=len(set(own.clusters)),
            perplexity=own.perplexity(),
            missing=counts.missing,
            too_long=counts.too_long,
            alone=counts.alone,
            traces=counts.traces,
            formed=counts.formed,
            reply_tokens=counts.reply_tokens,
            # Nothing is shown where there is no interval, and nothing is hidden either.
            blind=read.low <= 0 or read.value < on_id.value / 2,
        )


def emi_rows(scored: Mapping[str, ScoredSplit], found: Estimates) -> Iterator[EmiRow]:
    """R-EMI of every model on every split, with its parts and what stands beside it."""
    for split, own in scored.items():
        for model in own.models:
            replies, references = found.replies[model, split], found.references[split]
            ends = own.ends(model)
            parts = [found.less_reference(own, model, part) for part in ("copied", "novel")]
            yield EmiRow(
                model=model,
                split=split,
                unit=found.unit,
                emi=plain(found.emi[model, split].estimate),
                replies=plain(replies.estimate),
                relative=plain(ratio(replies, references)),
                copied=plain(parts[0].estimate),
                novel=plain(parts[1].estimate),
                order=plain(found.mean(own, own.order(model)).estimate),
                copied_share=own.copied_share(model),
                beaten=own.beaten(model),
                lower=ends.lower,
                ceiling=ends.ceiling,
                upper=ends.upper,
            )


def _emid_rows(
    table: Table, found: Estimates, bounded: BoundRows
) -> tuple[list[EmidRow], dict[tuple[str, str], Emid]]:
    blind = {row.split for row in table.splits if row.unit == found.unit and row.blind}
    # A mark belongs to a pair of figures: either split of the two may be saturated.
    full = {
        (row.model, row.split)
        for row in table.emi
        if row.unit == found.unit and row.beaten > SATURATED
    }
    measured = {
        (model, shift): emid(found.emi[model, ID_TEST], found.emi[model, shift])
        for model in found.models
        for shift in found.shifts
    }
    # One family: every model under every shift, in this unit.
    p_values = [p_value(result) for result in measured.values()]
    rows = []
    corrected = holm(p_values)
    for ((model, shift), result), p, p_holm in zip(
        measured.items(), p_values, corrected, strict=True
    ):
        limits, warning = bounded.of(model, shift), bounded.warning(shift)
        reasons = {
            "blind": shift in blind,
            "saturated": bool({(model, shift), (model, ID_TEST)} & full),
            "dependence": bool(warning),
        }
        # R-EMID = (A_P - A_Q) - (B_P - B_Q): what the replies lose less what the references lose.
        references = emid(found.references[ID_TEST], found.references[shift])
        replies = emid(found.replies[model, ID_TEST], found.replies[model, shift])
        rows.append(
            EmidRow(
                model=model,
                shift=shift,
                unit=found.unit,
                emid=plain(result),
                p=float(p),
                p_holm=float(p_holm),
                replies=plain(replies),
                references=plain(references),
                relative=plain(_relative(found, model, shift)),
                marks=tuple(name for name, holds in reasons.items() if holds),
                mismatch=limits.mismatch,
                covariate=limits.covariate,
                paper=limits.paper,
                joint=limits.joint,
                scaled=limits.scaled,
                shares=dict(limits.shares),
                warning=warning,
                dialogues_needed=_needed(result),
                detectable=detectable(result, tests=len(measured)),
            )
        )
    return rows, measured


def _relative(found: Estimates, model: str, shift: str) -> Measured:
    """A / B on ID less A / B under the shift; undefined where either is."""
    # Linearised, so that the two ratios can be subtracted dialogue by dialogue.
    first, second = (
        linear_ratio(found.replies[model, split], found.references[split])
        for split in (ID_TEST, shift)
    )
    own = found.emi[model, shift].estimate
    if first is None or second is None:
        where = ID_TEST if first is None else shift
        note = f"the references' information in {where} is not shown to be above 0"
        return Measured(np.nan, np.nan, np.nan, np.nan, own.n, own.level, note)
    return emid(first, second)


def _worst_rows(
    rows: list[EmidRow],
    measured: Mapping[tuple[str, str], Emid],
    unit: Unit,
    settings: Settings,
) -> Iterator[WorstRow]:
    for model in dict.fromkeys(row.model for row in rows):
        own = {shift: result for (name, shift), result in measured.items() if name == model}
        # The same draws for every model: their worst cases are compared.
        worst = worst_case(
            own, rng=generator(settings.seed, Stream.WORST_CASE), resamples=settings.resamples
        )
        marks = next(row.marks for row in rows if (row.model, row.shift) == (model, worst.shift))
        yield WorstRow(
            model, unit, worst.shift, plain(worst.estimate), worst.median_unbiased, marks
        )


def _difference_rows(found: Estimates) -> list[DifferenceRow]:
    keys = [
        (model, against, shift)
        for against, model in combinations(found.models, 2)
        for shift in found.shifts
    ]
    # Paired: what a dialogue adds to both models leaves the difference.
    results = [
        emid_difference(
            found.emi[model, ID_TEST],
            found.emi[model, shift],
            found.emi[against, ID_TEST],
            found.emi[against, shift],
        )
        for model, against, shift in keys
    ]
    corrected = holm([p_value(result) for result in results])
    return [
        DifferenceRow(
            model,
            against,
            shift,
            found.unit,
            plain(result),
            float(p),
            detectable(result, tests=len(results)),
        )
        for (model, against, shift), result, p in zip(keys, results, corrected, strict=True)
    ]


def _needed(result: Measured) -> int | None:
    """Dialogues per split for half of the interval's present half-width."""
    # high - low is twice the half-width; half of that half-width is a quarter.
    half = (result.high - result.low) / 4
    return required_dialogues(result, half) if half > 0 else None
