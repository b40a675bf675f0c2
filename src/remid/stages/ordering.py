"""Study `ordering`: R-EMI must rank replies by how many of them are corrupted."""

import os
from collections.abc import Mapping, Sequence
from contextlib import closing

import msgspec
import numpy as np

from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.domain.estimate import Unit
from remid.domain.shift import ID_TEST
from remid.evaluation.ordering import BoolArray, Curve, curves
from remid.evaluation.scored import ScoredSplit, score_split
from remid.evaluation.table import UNITS
from remid.information.club import negative_pairs
from remid.params import Params
from remid.report import figures, studies
from remid.roleplay.corruption import KINDS, corrupt
from remid.scoring import model, reasoning
from remid.scoring.cache import ContentCache
from remid.stages import devices
from remid.stages.layout import Layout


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
    lm = model.load(
        layout.base,
        adapters={name: layout.estimators / name for name in ("reasoner", "responder")},
        dtype=params.model.dtype,
        device=devices.device(params),
    )
    with closing(ContentCache(layout.cache / "traces.sqlite")) as cache:
        traces = reasoning.write_traces(
            lm,
            dialogues,
            adapter="reasoner",
            max_new_tokens=params.evaluate.trace_tokens,
            max_prompt_tokens=params.model.max_prompt_tokens,
            seed=params.seed,
            token_budget=params.model.token_budget,
            cache=cache,
        )
    pairs = negative_pairs(
        len(dialogues),
        design=params.evaluate.negatives,
        per_context=params.evaluate.negatives_per_context,
        rng=np.random.default_rng([params.seed, 7]),
    )
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
            cache=cache,
        )


def _publish(params: Params, layout: Layout, found: Mapping[Unit, Sequence[Curve]], n: int) -> None:
    layout.metrics.mkdir(exist_ok=True)
    layout.studies.mkdir(exist_ok=True)
    content = msgspec.json.encode({"split": ID_TEST, "n": n, **found})
    part = layout.metrics / "ordering.json.part"
    part.write_bytes(msgspec.json.format(content) + b"\n")
    os.replace(part, layout.metrics / "ordering.json")
    table = studies.ordering_table(found, params.report.precision)
    (layout.studies / "ordering.md").write_text(table, encoding="utf-8")
    figures.save(studies.ordering_figure(found), layout.studies / "ordering.png")
    print(table)
