"""Study `ordering`: R-EMI must rank replies by how many of them are corrupted."""

from collections.abc import Mapping, Sequence
from contextlib import closing

import numpy as np

from remid.coevolve import estimators
from remid.corpus.splits import read_split
from remid.domain.dialogue import Dialogue
from remid.domain.estimate import Unit
from remid.domain.shift import ID_TEST
from remid.domain.streams import Stream, generator
from remid.evaluation.dialogues import Evaluated
from remid.evaluation.score import score_split
from remid.evaluation.scored import ScoredSplit
from remid.evaluation.table import UNITS
from remid.information.club import negative_pairs
from remid.lm.prompts import encode_reply
from remid.params import Params
from remid.replies.scorable import ScorableReply
from remid.report import figures
from remid.store.cache import ContentCache
from remid.store.project import Project
from remid.store.whole import indented, write
from remid.studies.ordering.corruption import KINDS, corrupt
from remid.studies.ordering.curves import BoolArray, Curve, curves
from remid.studies.ordering.figures import ordering_figure, ordering_table


def run(project: Project) -> None:
    """Corrupt the references of all of id_test, score them once, and draw R-EMI by rate."""
    params, layout = project.params, project.layout
    dialogues = read_split(layout, ID_TEST)
    texts = {d.id: d.reference for d in dialogues}
    rates = params.study.rates
    drawn = {
        kind: [
            corrupt(kind, dialogues, texts, rate=rate, rng=_rng(params, kind))
            for rate in (*rates, 1.0)
        ]
        for kind in KINDS
    }
    scored = _score(project, dialogues, {kind: own[-1].texts for kind, own in drawn.items()})
    replaced: dict[str, list[BoolArray]] = {
        kind: [np.array([d.id in mix.replaced for d in dialogues]) for mix in own[:-1]]
        for kind, own in drawn.items()
    }
    found = {
        unit: curves(scored, replaced, rates, unit=unit, level=params.evaluate.level)
        for unit in UNITS
    }
    _publish(project, found, len(dialogues))


def _rng(params: Params, kind: str) -> np.random.Generator:
    """One seed for all rates, so that a higher rate keeps what a lower one replaced."""
    return generator(params.seed, Stream.CORRUPTION, kind)


def _score(
    project: Project, dialogues: list[Dialogue], replies: dict[str, dict[str, str]]
) -> ScoredSplit:
    params, layout = project.params, project.layout
    reasoner = layout.estimators / "reasoner"
    traces = estimators.write_traces(project, reasoner, dialogues)
    pairs = negative_pairs(
        len(dialogues),
        design=params.evaluate.negatives,
        per_context=params.evaluate.negatives_per_context,
        rng=generator(params.seed, Stream.ORDERING_PAIRS),
    )
    with closing(ContentCache(layout.cache / "scores.sqlite")) as cache:
        runtime = estimators.responder(project, layout.estimators / "responder", cache)
        chat = runtime.lm.chat
        members = tuple(
            Evaluated(
                d,
                {
                    kind: ScorableReply(own[d.id], encode_reply(own[d.id], chat, dialogue_id=d.id))
                    for kind, own in replies.items()
                },
                trace,
            )
            for d, trace in zip(dialogues, traces, strict=True)
        )
        return score_split(
            runtime, ID_TEST, members, pairs, reply_tokens=params.evaluate.reply_tokens
        )


def _publish(project: Project, found: Mapping[Unit, Sequence[Curve]], n: int) -> None:
    params, layout = project.params, project.layout
    content = indented({"split": ID_TEST, "n": n, **found})
    write(layout.metrics / "ordering.json", content + "\n")
    table = ordering_table(found, params.report.precision)
    write(layout.studies / "ordering.md", table)
    figures.save(ordering_figure(found), layout.studies / "ordering.png")
    print(table)
