"""R-EMID by factor: the mean over a factor's shifts, as the paper reports it."""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

from remid.domain.shift import ID_TEST
from remid.evaluation.estimates import Estimates
from remid.evaluation.table import FactorRow
from remid.information.controls import detectable
from remid.information.emi import EmiResult, model_difference, plain, pooled_emid
from remid.information.interval import holm, p_value


def by_factor(splits: Iterable[str]) -> dict[str, list[str]]:
    """Group the shifts by the factor that they shift."""
    factors: dict[str, list[str]] = {}
    for split in splits:
        if split != ID_TEST:
            factors.setdefault(split.split("/")[0], []).append(split)
    return factors


def factor_rows(found: Estimates) -> list[FactorRow]:
    """Rows of every model, then of every two models: two families of tests."""
    # Models alone and their differences answer two questions: each is a family of its own.
    alone = [(model, "") for model in found.models]
    pairs = [(model, against) for against, model in combinations(found.models, 2)]
    return [*_rows(found, alone), *_rows(found, pairs)]


def _rows(found: Estimates, compared: Sequence[tuple[str, str]]) -> list[FactorRow]:
    factors = by_factor(found.references)
    keys, results = [], []
    for model, against in compared:
        own = _emi_of(found, model, against)
        for factor, splits in factors.items():
            keys.append((model, against, factor))
            results.append(pooled_emid(own(ID_TEST), [own(split) for split in splits]))
    corrected = holm([p_value(result) for result in results])
    return [
        FactorRow(
            model,
            against,
            factor,
            len(factors[factor]),
            found.unit,
            plain(result),
            float(p),
            detectable(result, tests=len(results)),
        )
        for (model, against, factor), result, p in zip(keys, results, corrected, strict=True)
    ]


def _emi_of(found: Estimates, model: str, against: str) -> Callable[[str], EmiResult]:
    if not against:
        return lambda split: found.emi[model, split]
    return lambda split: model_difference(found.emi[model, split], found.emi[against, split])
