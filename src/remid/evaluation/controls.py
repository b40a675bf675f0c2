"""Controls with a known answer, in every table: what R-EMID must find, and what it must not."""

from collections.abc import Iterator, Mapping

import numpy as np

from remid.domain.dialogue import REFERENCE
from remid.domain.shift import ID_TEST
from remid.domain.streams import Stream, generator
from remid.evaluation.estimates import Estimates
from remid.evaluation.scored import ScoredSplit
from remid.evaluation.table import HalvesRow, ReplacedRow
from remid.information.controls import halves, lenders, replaced_terms
from remid.information.emi import averaged, emid, plain
from remid.information.interval import holm, p_value

RATES = (0.25, 0.5, 1.0)
"""Shares of a shift's references that are replaced."""
SPLITS = 200
"""Random halves of id_test: the standard error of 5% is 1.5 points, were they independent."""


def replaced_rows(
    scored: Mapping[str, ScoredSplit], found: Estimates, seed: int
) -> Iterator[ReplacedRow]:
    """R-EMID of references of which a share was replaced by other dialogues', by shift and rate.

    A higher rate keeps what a lower one replaced. A shift whose pairs have nothing to borrow
    (one negative a reply: nothing is left to centre the borrowed reply on) has no row.
    """
    # References against themselves: R-EMI 0 for every dialogue of ID, and nothing that varies.
    nothing = np.zeros(len(scored[ID_TEST].ids))
    on_id = averaged(nothing, clusters=found.clusters[ID_TEST], level=found.level)
    for rate in RATES:
        results, counts = {}, {}
        for shift in found.shifts:
            scores = scored[shift].scores(REFERENCE, found.unit)
            # One stream for all rates and both units: the same dialogues borrow the same replies.
            lent = lenders(scores, generator(seed, Stream.REPLACED_REFERENCES, shift))
            count = min(round(rate * scores.n), lent.order.size)
            if not count:
                continue
            lost = replaced_terms(scores, lent, count) - scores.terms
            own = averaged(lost, clusters=found.clusters[shift], level=found.level)
            results[shift], counts[shift] = emid(on_id, own), count
        corrected = holm([p_value(result) for result in results.values()])
        for (shift, result), p in zip(results.items(), corrected, strict=True):
            yield ReplacedRow(shift, found.unit, rate, counts[shift], plain(result), float(p))


def halves_rows(found: Estimates, seed: int) -> Iterator[HalvesRow]:
    """How often two halves of id_test are told apart, for the references and every model."""
    sources = {REFERENCE: found.references[ID_TEST]}
    sources |= {model: found.emi[model, ID_TEST] for model in found.models}
    for source, result in sources.items():
        rng = generator(seed, Stream.HALVES, source, found.unit)
        yield HalvesRow(source, found.unit, halves(result.terms, splits=SPLITS, rng=rng))
