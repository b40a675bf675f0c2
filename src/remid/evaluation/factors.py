"""R-EMID by factor: the mean over a factor's shifts, as the paper reports it."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from remid.domain.estimate import Unit
from remid.domain.shift import ID_TEST
from remid.evaluation.scored import ScoredSplit
from remid.evaluation.table import FactorRow
from remid.information.arrays import IntArray
from remid.information.emi import EmiResult, model_difference, plain, pooled_emid
from remid.information.interval import holm, p_value

Results = Mapping[tuple[str, str], EmiResult]
"""(model, split) to its R-EMI."""


def by_factor(splits: Iterable[str]) -> dict[str, list[str]]:
    """Group the shifts by the factor that they shift."""
    factors: dict[str, list[str]] = {}
    for split in splits:
        if split != ID_TEST:
            factors.setdefault(split.split("/")[0], []).append(split)
    return factors


def factor_rows(
    scored: Mapping[str, ScoredSplit], results: Results, parents: Mapping[str, str], unit: Unit
) -> list[FactorRow]:
    """Rows of every model, then of every two models.

    Parameters
    ----------
    parents : constructed dialogue to the dialogue it shares its reply with.
    """
    factors = by_factor(scored)
    models = scored[ID_TEST].models
    rows = []
    for model in models:
        own = {split: results[model, split] for split in scored}
        rows += _rows(model, "", own, factors, scored, parents, unit)
    for against, model in ((a, b) for k, a in enumerate(models) for b in models[k + 1 :]):
        own = {
            split: model_difference(results[model, split], results[against, split])
            for split in scored
        }
        rows += _rows(model, against, own, factors, scored, parents, unit)
    return rows


def _rows(
    model: str,
    against: str,
    own: Mapping[str, EmiResult],
    factors: Mapping[str, Sequence[str]],
    scored: Mapping[str, ScoredSplit],
    parents: Mapping[str, str],
    unit: Unit,
) -> list[FactorRow]:
    pooled = [
        pooled_emid(
            own[ID_TEST],
            [own[split] for split in splits],
            labels=_labels([scored[split].ids for split in (ID_TEST, *splits)], parents),
        )
        for splits in factors.values()
    ]
    corrected = holm([p_value(estimate) for estimate in pooled])
    return [
        FactorRow(model, against, factor, len(splits), unit, plain(estimate), float(p))
        for (factor, splits), estimate, p in zip(factors.items(), pooled, corrected, strict=True)
    ]


def _labels(ids: Sequence[Sequence[str]], parents: Mapping[str, str]) -> list[IntArray]:
    """Number the dialogues; those that share their reference reply are one."""
    numbers: dict[str, int] = {}
    return [
        np.array([numbers.setdefault(parents.get(key, key), len(numbers)) for key in own])
        for own in ids
    ]
