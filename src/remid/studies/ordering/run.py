"""Study `ordering`: R-EMI must rank replies by how many of them are corrupted."""

from collections.abc import Mapping

import numpy as np

from remid.coevolve import estimators
from remid.corpus.splits import read_split
from remid.domain.dialogue import Dialogue
from remid.domain.estimate import Unit
from remid.domain.output import Output
from remid.domain.shift import ID_TEST
from remid.domain.streams import Stream, generator
from remid.evaluation import run as steps
from remid.evaluation.dialogues import gather
from remid.evaluation.scored import ScoredSplit
from remid.evaluation.table import UNITS
from remid.lm.prompts import encode_reply
from remid.params import Params
from remid.replies.length import reply_limits
from remid.replies.scorable import ScorableReply
from remid.report import figures
from remid.store.project import Project
from remid.store.whole import indented, write
from remid.studies.ordering.corruption import KINDS, corrupt
from remid.studies.ordering.curves import BoolArray, Curves, curves
from remid.studies.ordering.figures import ordering_figure, ordering_text


def run(project: Project) -> Output:
    """Corrupt the references of all of id_test, score them once, and draw R-EMI by rate."""
    params, layout = project.params, project.layout
    dialogues = read_split(layout, ID_TEST)
    texts = {d.id: d.reference for d in dialogues}
    rates = params.study.rates
    drawn = {
        kind: [
            corrupt(kind, dialogues, texts, rate=rate, rng=_rng(params, kind))
            # 1.0 at the end: its replies are scored, the other rates mix them with the references.
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
    return _publish(project, found, len(dialogues))


def _rng(params: Params, kind: str) -> np.random.Generator:
    """One seed for all rates, so that a higher rate keeps what a lower one replaced."""
    return generator(params.seed, Stream.CORRUPTION, kind)


def _score(
    project: Project, dialogues: list[Dialogue], replies: dict[str, dict[str, str]]
) -> ScoredSplit:
    chat = estimators.scorer(project)
    by_kind = {
        kind: {
            key: ScorableReply(text, encode_reply(text, chat, dialogue_id=key))
            for key, text in own.items()
        }
        for kind, own in replies.items()
    }
    splits = {ID_TEST: dialogues}
    limits = reply_limits(splits, chat, project.params.evaluate.reply_share)
    # The pipeline's own scores stay as they are.
    apart = project.for_study("ordering")
    evaluation = steps.write_traces(apart, gather(splits, by_kind, reply_tokens=limits))
    return steps.score(apart, evaluation)[ID_TEST]


def _publish(project: Project, found: Mapping[Unit, Curves], n: int) -> Output:
    params, layout = project.params, project.layout
    kinds: dict[str, object] = {unit: own.kinds for unit, own in found.items()}
    content = {"split": ID_TEST, "n": n, **kinds}
    write(layout.metrics / "ordering.json", indented(content) + "\n")
    text = ordering_text(found, params.report.precision)
    write(layout.studies / "ordering.md", text)
    figures.save(ordering_figure(found), layout.studies / "ordering.png")
    return Output(content, [text])
