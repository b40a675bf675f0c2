"""The steps of an evaluation, from dialogues with replies to the table; each keeps its work."""

import json
import logging
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from remid.coevolve import estimators
from remid.corpus.splits import read_manifest
from remid.domain.errors import RemidError
from remid.domain.estimate import Unit
from remid.domain.shift import ID_TEST
from remid.evaluation import scored as scores
from remid.evaluation.design import cluster_names, design
from remid.evaluation.dialogues import Evaluation, gather
from remid.evaluation.divergences import measure
from remid.evaluation.published import published_rows
from remid.evaluation.score import Wanted, fits, score_split
from remid.evaluation.scored import Counts, ScoredSplit
from remid.evaluation.table import Divergences, Table
from remid.evaluation.tabulate import Settings, tabulate
from remid.lm.embedding import embed
from remid.lm.templates import well_formed
from remid.replies.length import reply_limits
from remid.replies.run import read_scorable
from remid.replies.selection import evaluated
from remid.store.cache import ContentCache
from remid.store.project import Project
from remid.store.whole import indented, write
from remid.training import devices

logger = logging.getLogger(__name__)


def inputs(project: Project) -> Evaluation:
    """Read the dialogues that are evaluated and every model's replies.

    Raises
    ------
    RemidError
        When a reply is missing and `evaluate.allow_missing_replies` is false.
    """
    params, chat = project.params, estimators.scorer(project)
    # 1. Dialogues and replies; 2. limits from the references; 3. one record each.
    splits = evaluated(project)
    names = (*params.train.models, *params.evaluate.others)
    replies = {name: read_scorable(project.layout, name, splits, chat) for name in names}
    limits = reply_limits(splits, chat, params.evaluate.reply_share)
    evaluation = gather(splits, replies, reply_tokens=limits)
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
    """Let the reasoner write a trace for every dialogue; finished ones come from the cache.

    With `evaluate.traces` false nothing is written, and the responder is shown none.
    """
    file = project.layout.scores / "traces.jsonl"
    if not project.params.evaluate.traces:
        write(file, "")
        return evaluation
    dialogues = evaluation.dialogues
    own = estimators.located(project)
    texts = estimators.write_traces(project, own, dialogues)
    written = {d.id: text for d, text in zip(dialogues, texts, strict=True)}
    traced = evaluation.traced(written, partial(well_formed, own=own.templates))
    rows = [
        {
            "id": one.dialogue.id,
            "split": split,
            "trace": written[one.dialogue.id],
            "formed": one.formed,
        }
        for split, members in traced.splits.items()
        for one in members
    ]
    write(file, "".join(json.dumps(row) + "\n" for row in rows))
    return traced


def score(project: Project, evaluation: Evaluation) -> dict[str, ScoredSplit]:
    """Score references and replies of every split; finished pairs come from the cache."""
    params, layout = project.params, project.layout
    names, own = cluster_names(evaluation.dialogues), estimators.located(project)
    out = {}
    with closing(ContentCache(layout.cache / "scores.sqlite")) as cache:
        runtime = estimators.responder(project, own, cache)
        for split, members in evaluation.splits.items():
            # Never scored under less than its model saw: what does not fit is left out, and counted.
            fitting = [one for one in members if fits(runtime, one)]
            chosen = design(
                [one.dialogue for one in fitting],
                [names[one.dialogue.id] for one in fitting],
                params.evaluate,
                seed=params.seed,
                embed=lambda texts: embed(layout.encoder, texts, cache=cache),
            )
            # Hard negatives may find none for some dialogues.
            kept = [fitting[k] for k in chosen.kept]
            counts = Counts(
                missing=evaluation.missing[split],
                too_long=len(members) - len(fitting),
                alone=len(fitting) - len(kept),
                traces=sum(one.formed is not None for one in kept),
                formed=sum(one.formed is True for one in kept),
                reply_tokens=evaluation.reply_tokens[split],
            )
            wanted = Wanted(
                chosen.pairs,
                tuple(names[one.dialogue.id] for one in kept),
                reply_tokens=evaluation.reply_tokens[split],
                shuffles=params.evaluate.shuffles,
                seed=params.seed,
            )
            out[split] = score_split(runtime, split, kept, wanted, counts)
            scores.write(pairs_file(project, split), out[split])
    return out


def pairs_file(project: Project, split: str) -> Path:
    """Where the scored pairs of a split are."""
    return project.layout.scores / "pairs" / f"{split.replace('/', '.')}.parquet"


def estimate(project: Project, evaluation: Evaluation, scored: Mapping[str, ScoredSplit]) -> Table:
    """Estimates and bounds from the scores and the embeddings, and theirs if it is asked for."""
    table = tabulate(scored, divergences(project, evaluation), table_settings(project))
    made = read_manifest(project.layout)
    table = replace(
        table,
        dtype=devices.dtype(project.params),
        estimator=estimators.described(project),
        loaded=estimators.loaded(project),
        published=published_rows(project, evaluation)
        if project.params.evaluate.as_published
        else [],
        too_small=made.get("too_small", {}),
        no_split=made.get("left_out", {}),
    )
    about = {"estimator": table.estimator, "loaded": table.loaded, "dtype": table.dtype}
    write(project.layout.scores / "meta.json", indented(about))
    write(project.layout.scores / "table.json", indented(table))
    return table


def table_settings(project: Project) -> Settings:
    """How the project's tables are estimated."""
    params = project.params
    return Settings(params.evaluate.level, params.evaluate.resamples, params.seed)


def divergences(project: Project, evaluation: Evaluation) -> Divergences:
    """Measure how far inputs and replies moved, of the replies what is scored of them."""
    layout = project.layout
    with closing(ContentCache(layout.cache / "embeddings.sqlite")) as cache:
        return measure(
            layout.encoder,
            evaluation,
            estimators.scorer(project),
            clusters=cluster_names(evaluation.dialogues),
            seed=project.params.seed,
            cache=cache,
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
                    "detectable": row.detectable,
                    **{
                        f"bound_{name}{end}": value
                        for name, bound in row.bounds.items()
                        for end, value in (
                            ("", bound.value),
                            ("_low", bound.low),
                            ("_high", bound.high),
                        )
                    },
                    "mismatch": row.mismatch.value,
                    "covariate": row.covariate.value,
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
    theirs = {"published": published(table)} if table.published else {}
    return {
        **found,
        "perplexity": table.perplexity,
        "controls": controls(table, unit),
        **theirs,
    }


def published(table: Table) -> dict[str, dict[str, dict[str, float]]]:
    """R-EMI and R-EMID by the authors' choices, by model and split."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for row in table.published:
        own = found.setdefault(row.model, {"emi": {}, "emid": {}})
        own["emi"][row.split] = row.emi
        if row.split != ID_TEST:
            own["emid"][row.split] = row.emid
    return found


def controls(table: Table, unit: Unit) -> dict[str, object]:
    """What the controls found, as DVC shows it."""
    replaced: dict[str, dict[str, object]] = {}
    for row in table.replaced:
        if row.unit == unit:
            own = replaced.setdefault(f"{row.rate:.0%}", {})
            own[row.shift] = {"value": row.emid.value, "found": row.found}
    return {
        "replaced": replaced,
        "halves": {
            row.source: {"splits": row.halves.splits, "found": row.halves.found}
            for row in table.halves
            if row.unit == unit
        },
    }
