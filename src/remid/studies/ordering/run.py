"""Study `ordering`: R-EMI must rank replies by how many of them are corrupted."""

from collections.abc import Mapping, Sequence
from contextlib import closing

import numpy as np

from remid.coevolve import estimators
from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.domain.estimate import Unit
from remid.domain.shift import ID_TEST
from remid.evaluation.scored import ScoredSplit, score_split
from remid.evaluation.table import UNITS
from remid.information.club import negative_pairs
from remid.params import Params
from remid.report import figures
from remid.store.cache import ContentCache
from remid.store.layout import Layout, indented, write
from remid.studies import figures as studies
from remid.studies.ordering.corruption import KINDS, corrupt
from remid.studies.ordering.curves import BoolArray, Curve, curves


def run(params: Params, layout: Layout) -> None:
    """Corrupt the references of all of id_test, score them once, and draw R-EMI by rate."""
    dialogues = list(jsonl.read(layout.split(ID_TEST)))
    texts = {d.id: d.reference for d in dialogues}
    rates = params.study.rates
    drawn = {
        kind: [
            corrupt(kind, dialogues, texts, rate=rate, rng=_rng(params, kind))
            for rate in (*rates, 1.0)
        ]
        for kind in KINDS
    }
    scored = _score(params, layout, dialogues, {kind: own[-1].texts for kind, own in drawn.items()})
    replaced: dict[str, list[BoolArray]] = {
        kind: [np.array([d.id in mix.replaced for d in dialogues]) for mix in own[:-1]]
        for kind, own in drawn.items()
    }
    found = {
        unit: curves(
            scored, replaced, rates, unit=unit, level=params.evaluate.level,
            resamples=params.evaluate.resamples, seed=params.seed,
        )
        for unit in UNITS
    }  # fmt: skip
    _publish(params, layout, found, len(dialogues))


def _rng(params: Params, kind: str) -> np.random.Generator:
    """One seed for all rates, so that a higher rate keeps what a lower one replaced."""
    return np.random.default_rng([params.seed, 6, *kind.encode()])


def _score(
    params: Params, layout: Layout, dialogues: list[Dialogue], replies: dict[str, dict[str, str]]
) -> ScoredSplit:
    traces = estimators.write_traces(params, layout, layout.estimators / "reasoner", dialogues)
    pairs = negative_pairs(
        len(dialogues),
        design=params.evaluate.negatives,
        per_context=params.evaluate.negatives_per_context,
        rng=np.random.default_rng([params.seed, 7]),
    )
    lm = estimators.load(params, layout, responder=layout.estimators / "responder")
    with closing(ContentCache(layout.cache / "scores.sqlite")) as cache:
        return score_split(
            lm,
            ID_TEST,
            dialogues,
            {d.id: trace for d, trace in zip(dialogues, traces, strict=True)},
            replies,
            pairs,
            adapter="responder",
            max_prompt_tokens=params.model.max_prompt_tokens,
            token_budget=params.model.token_budget,
            reply_tokens=params.evaluate.reply_tokens,
            cache=cache,
        )


def _publish(params: Params, layout: Layout, found: Mapping[Unit, Sequence[Curve]], n: int) -> None:
    content = indented({"split": ID_TEST, "n": n, **found})
    write(layout.metrics / "ordering.json", content + "\n")
    table = studies.ordering_table(found, params.report.precision)
    write(layout.studies / "ordering.md", table)
    figures.save(studies.ordering_figure(found), layout.studies / "ordering.png")
    print(table)
