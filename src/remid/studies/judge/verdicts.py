"""What a judge says of every (model, split), beside R-EMI with and without reasoning."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from remid.domain.errors import RemidError
from remid.domain.estimate import Unit
from remid.domain.shift import ID_TEST
from remid.domain.streams import Stream, generator
from remid.evaluation.table import Table
from remid.studies.agreement.correlations import Agreement, agreement, agreement_difference

Place = tuple[str, str]
"""(model, split)."""


@dataclass(frozen=True)
class Verdict:
    """A judge's mean over the dialogues of one model and split."""

    model: str
    split: str
    rating: float
    """Mean over rubrics and dialogues, 1 to 5; nan where nothing was rated."""
    preferred: float
    """Share of dialogues on which the reply is preferred to the reference, a tie counting half."""
    dialogues: int
    unrated: int
    """Ratings that the judge did not give, left out of `rating`."""
    undecided: int
    """Comparisons without a verdict, left out of `preferred`."""


@dataclass(frozen=True)
class AgreementRow:
    """How one metric, or the difference of two, agrees with one of the judge's scores."""

    metric: str
    judge: str
    pairs: int
    """(model, split) pairs that both have a figure for."""
    found: Agreement | None
    undefined: str = ""
    """Why there is no agreement; empty where there is."""


def agreements(
    reasoned: Table,
    plain: Table,
    verdicts: Sequence[Verdict],
    *,
    unit: Unit,
    level: float,
    resamples: int,
    seed: int,
) -> list[AgreementRow]:
    """Agreement with the judge of R-EMI and R-EMID, of EMI and EMID, and the difference.

    R-EMI goes with the judge's score on the split; R-EMID, a loss, with how much lower the judge's
    score is than on ID.

    Parameters
    ----------
    plain : the same table from scores with every reasoning trace left empty.
    """
    rows = []
    for score in ("rating", "preferred"):
        level_of = {(v.model, v.split): getattr(v, score) for v in verdicts}
        # A loss: ID less the shift, as R-EMID is one.
        loss_of = {
            (model, split): level_of.get((model, ID_TEST), math.nan) - value
            for (model, split), value in level_of.items()
            if split != ID_TEST
        }
        for names, ours, judged in (
            (
                ("R-EMI", "EMI without reasoning"),
                (_emi(reasoned, unit), _emi(plain, unit)),
                level_of,
            ),
            (
                ("R-EMID", "EMID without reasoning"),
                (_emid(reasoned, unit), _emid(plain, unit)),
                loss_of,
            ),
        ):
            told = score if judged is level_of else f"loss of {score}"
            rows += _rows(names, ours, judged, told, level, resamples, seed)
    return rows


def _rows(
    names: tuple[str, str],
    metrics: tuple[Mapping[Place, float], Mapping[Place, float]],
    judged: Mapping[Place, float],
    told: str,
    level: float,
    resamples: int,
    seed: int,
) -> list[AgreementRow]:
    # Pairs that every score has: differences are of the same pairs.
    places = sorted(
        place
        for place in judged
        if all(math.isfinite(own.get(place, math.nan)) for own in (*metrics, judged))
    )
    judge = np.array([judged[place] for place in places])
    first, second = (np.array([own[place] for place in places]) for own in metrics)
    measure: dict[str, Callable[..., Agreement]] = {
        names[0]: partial(agreement, first),
        names[1]: partial(agreement, second),
        f"{names[0]} less {names[1]}": partial(agreement_difference, first, second),
    }
    rows = []
    for name, agree in measure.items():
        try:
            found = agree(
                judge,
                # Pairs of one split are scored on the same dialogues, and are resampled together.
                groups=[split for _, split in places],
                level=level,
                resamples=resamples,
                rng=generator(seed, Stream.JUDGE_AGREEMENT),
            )
            rows.append(AgreementRow(name, told, len(places), found))
        except RemidError as error:
            rows.append(AgreementRow(name, told, len(places), None, str(error)))
    return rows


def _emi(table: Table, unit: Unit) -> dict[Place, float]:
    return {(row.model, row.split): row.emi.value for row in table.emi if row.unit == unit}


def _emid(table: Table, unit: Unit) -> dict[Place, float]:
    return {(row.model, row.shift): row.emid.value for row in table.emid if row.unit == unit}
