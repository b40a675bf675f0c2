"""The steps of an evaluation, from dialogues with replies to the table; each keeps its work."""

import json
import logging
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from remid.coevolve import estimators
from remid.corpus.splits import shared_references
from remid.domain.errors import RemidError
from remid.domain.estimate import Unit
from remid.domain.streams import Stream, generator
from remid.evaluation import scored as scores
from remid.evaluation.dialogues import Evaluation, gather
from remid.evaluation.divergences import measure
from remid.evaluation.score import score_split
from remid.evaluation.scored import ScoredSplit
from remid.evaluation.table import Divergences, Table
from remid.evaluation.tabulate import tabulate
from remid.information.club import negative_pairs
from remid.lm.model import load_chat
from remid.replies.run import read_scorable, scorer
from remid.replies.selection import evaluated
from remid.store.cache import ContentCache
from remid.store.project import Project
from remid.store.whole import indented, write

logger = logging.getLogger(__name__)


def inputs(project: Project) -> Evaluation:
    """Read the dialogues that are evaluated and every model's replies.

    Raises
    ------
    RemidError
        When a reply is missing and `evaluate.allow_missing_replies` is false.
    """
    params, chat = project.params, scorer(project.layout)
    splits = evaluated(project)
    names = (*params.train.models, *params.evaluate.others)
    replies = {name: read_scorable(project.layout, name, splits, chat) for name in names}
    evaluation = gather(splits, replies)
    lacking = {split: count for split, count in evaluation.missing.items() if count}
    if lacking:
        told = ", ".join(f"{split} {count}" for split, count in lacking.items())
        if not params.evaluate.allow_missing_replies:
            raise RemidError(
                f"replies are missing ({told}); run `remid reply` again to ask for those alone, or set "
                "evaluate.allow_missing_replies to estimate without these dialogues."
            )
        logger.warning("dialogues left out for want of a reply: %s", told)
    return evaluation


def write_traces(project: Project, evaluation: Evaluation) -> Evaluation:
    """Let the reasoner write a trace for every dialogue; finished ones come from the cache."""
    dialogues = evaluation.dialogues
    reasoner = project.layout.estimators / "reasoner"
    texts = estimators.write_traces(project, reasoner, dialogues)
    traced = evaluation.traced({d.id: text for d, text in zip(dialogues, texts, strict=True)})
    rows = [
        {"id": one.dialogue.id, "split": split, "trace": one.trace}
        for split, members in traced.splits.items()
        for one in members
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    write(project.layout.scores / "traces.jsonl", lines)
    return traced


def score(project: Project, evaluation: Evaluation) -> dict[str, ScoredSplit]:
    """Score references and replies of every split; finished pairs come from the cache."""
    params, layout = project.params, project.layout
    out = {}
    with closing(ContentCache(layout.cache / "scores.sqlite")) as cache:
        runtime = estimators.responder(project, layout.estimators / "responder", cache)
        for split, members in evaluation.splits.items():
            pairs = negative_pairs(
                len(members),
                design=params.evaluate.negatives,
                per_context=params.evaluate.negatives_per_context,
                rng=generator(params.seed, Stream.NEGATIVE_PAIRS, split),
            )
            out[split] = score_split(
                runtime,
                split,
                tuple(members),
                pairs,
                reply_tokens=params.evaluate.reply_tokens,
                missing=evaluation.missing[split],
            )
            scores.write(pairs_file(project, split), out[split])
    return out


def pairs_file(project: Project, split: str) -> Path:
    """Where the scored pairs of a split are."""
    return project.layout.scores / "pairs" / f"{split.replace('/', '.')}.parquet"


def estimate(project: Project, evaluation: Evaluation, scored: Mapping[str, ScoredSplit]) -> Table:
    """Estimates and bounds, from the scores and the embeddings alone."""
    table = tabulated(project, scored, divergences(project, evaluation))
    write(project.layout.scores / "table.json", indented(table))
    return table


def tabulated(project: Project, scored: Mapping[str, ScoredSplit], measured: Divergences) -> Table:
    """Tabulate with the project's level, resamples and seed."""
    params = project.params
    return tabulate(
        scored,
        measured,
        shared_references(project.layout),
        level=params.evaluate.level,
        resamples=params.evaluate.resamples,
        seed=params.seed,
    )


def divergences(project: Project, evaluation: Evaluation) -> Divergences:
    """Measure how far inputs and replies moved, of the replies what is scored of them."""
    return measure(
        project.layout.encoder,
        evaluation,
        load_chat(project.layout.base),
        reply_tokens=project.params.evaluate.reply_tokens,
        seed=project.params.seed,
    )


def metrics(table: Table, unit: Unit) -> dict[str, object]:
    """What DVC and MLflow compare: figures by model and shift."""
    found: dict[str, dict[str, object]] = {}
    for model in dict.fromkeys(row.model for row in table.emi):
        own = found[model] = {
            "emi": {
                row.split: row.emi.value
                for row in table.emi
                if (row.model, row.unit) == (model, unit)
            },
            "emid": {
                row.shift: {
                    "value": row.emid.value,
                    "low": row.emid.low,
                    "high": row.emid.high,
                    "bound_joint": row.joint,
                    "bound_paper": row.paper,
                    "bound_scaled": row.scaled,
                }
                for row in table.emid
                if (row.model, row.unit) == (model, unit)
            },
            "by_factor": {
                row.factor: {"value": row.emid.value, "low": row.emid.low, "high": row.emid.high}
                for row in table.factors
                if (row.model, row.unit, row.against) == (model, unit, "")
            },
        }
        for worst in table.worst:
            if (worst.model, worst.unit) == (model, unit):
                own["risk"] = {"max": worst.risk.value, "shift": worst.shift}
    return {**found, "perplexity": table.perplexity}
