"""Stage `evaluate`: traces, scores, estimates and bounds."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from remid.coevolve import estimators
from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.estimate import Unit
from remid.domain.shift import TEST_SPLITS
from remid.evaluation import scored as scores
from remid.evaluation.divergences import measure
from remid.evaluation.table import Divergences, Table, tabulate
from remid.information.club import negative_pairs
from remid.lm.model import load_chat
from remid.params import Params
from remid.replies.draw import read_replies
from remid.replies.selection import select
from remid.store.cache import ContentCache
from remid.store.layout import Layout, indented, write

logger = logging.getLogger(__name__)
Replies = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Split to model to dialogue id to reply."""


def run(params: Params, layout: Layout) -> Table:
    """Every step in order; each keeps what it finished."""
    dialogues, replies, missing = inputs(params, layout)
    traces = write_traces(params, layout, dialogues)
    scored = score(params, layout, dialogues, traces, replies, missing)
    table = estimate(params, layout, dialogues, replies, scored)
    publish(params, layout, table)
    return table


def inputs(
    params: Params, layout: Layout
) -> tuple[dict[str, list[Dialogue]], Replies, dict[str, int]]:
    """Read the dialogues that are evaluated, every model's replies, and count what is missing.

    Raises
    ------
    RemidError
        When a reply is missing and `evaluate.allow_missing_replies` is false.
    """
    dialogues: dict[str, list[Dialogue]] = {}
    replies: dict[str, dict[str, dict[str, str]]] = {}
    missing: dict[str, int] = {}
    for split in TEST_SPLITS:
        chosen = select(
            list(jsonl.read(layout.split(split))), params.reply.dialogues_per_split, params.seed
        )
        replies[split] = {
            name: dict(
                read_replies(layout.replies(name) / f"{split}.jsonl", [d.id for d in chosen]).texts
            )
            for name in (*params.train.models, *params.evaluate.others)
        }
        whole = [d for d in chosen if all(d.id in texts for texts in replies[split].values())]
        missing[split] = len(chosen) - len(whole)
        dialogues[split] = whole
    lacking = {split: count for split, count in missing.items() if count}
    if lacking:
        told = ", ".join(f"{split} {count}" for split, count in lacking.items())
        if not params.evaluate.allow_missing_replies:
            raise RemidError(
                f"replies are missing ({told}); run `remid reply` again to ask for those alone, or set "
                "evaluate.allow_missing_replies to estimate without these dialogues."
            )
        logger.warning("dialogues left out for want of a reply: %s", told)
    return dialogues, replies, missing


def write_traces(
    params: Params, layout: Layout, dialogues: Mapping[str, Sequence[Dialogue]]
) -> dict[str, str]:
    """Let the reasoner write a trace for every dialogue; finished ones come from the cache."""
    flat = [d for members in dialogues.values() for d in members]
    texts = estimators.write_traces(params, layout, layout.estimators / "reasoner", flat)
    traces = {d.id: text for d, text in zip(flat, texts, strict=True)}
    rows = [
        {"id": d.id, "split": split, "trace": traces[d.id]}
        for split, members in dialogues.items()
        for d in members
    ]
    write(layout.scores / "traces.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    return traces


def score(
    params: Params,
    layout: Layout,
    dialogues: Mapping[str, Sequence[Dialogue]],
    traces: Mapping[str, str],
    replies: Replies,
    missing: Mapping[str, int],
) -> dict[str, scores.ScoredSplit]:
    """Score references and replies of every split; finished pairs come from the cache."""
    cache = ContentCache(layout.cache / "scores.sqlite")
    lm = estimators.load(params, layout, responder=layout.estimators / "responder")
    out = {}
    for split, members in dialogues.items():
        pairs = negative_pairs(
            len(members),
            design=params.evaluate.negatives,
            per_context=params.evaluate.negatives_per_context,
            rng=np.random.default_rng([params.seed, *split.encode()]),
        )
        out[split] = scores.score_split(
            lm,
            split,
            members,
            traces,
            replies[split],
            pairs,
            adapter="responder",
            max_prompt_tokens=params.model.max_prompt_tokens,
            token_budget=params.model.token_budget,
            reply_tokens=params.evaluate.reply_tokens,
            missing=missing[split],
            cache=cache,
        )
        scores.write(layout.scores / "pairs" / f"{split.replace('/', '.')}.parquet", out[split])
    cache.close()
    return out


def estimate(
    params: Params,
    layout: Layout,
    dialogues: Mapping[str, Sequence[Dialogue]],
    replies: Replies,
    scored: Mapping[str, scores.ScoredSplit],
) -> Table:
    """Estimates and bounds, from the scores and the embeddings alone."""
    table = tabulate(
        scored,
        divergences(params, layout, dialogues, replies),
        shared_references(layout),
        level=params.evaluate.level,
        resamples=params.evaluate.resamples,
        seed=params.seed,
    )
    write(layout.scores / "table.json", indented(table))
    return table


def divergences(
    params: Params, layout: Layout, dialogues: Mapping[str, Sequence[Dialogue]], replies: Replies
) -> Divergences:
    """Measure how far inputs and replies moved, of the replies what is scored of them."""
    chat, limit = load_chat(layout.base), params.evaluate.reply_tokens
    compared = {
        split: [replace(d, reference=chat.first(d.reference, limit)) for d in members]
        for split, members in dialogues.items()
    }
    starts = {
        split: {
            model: {key: chat.first(text, limit) for key, text in own.items()}
            for model, own in models.items()
        }
        for split, models in replies.items()
    }
    return measure(layout.encoder, compared, starts, seed=params.seed)


def shared_references(layout: Layout) -> dict[str, str]:
    """Constructed dialogue to the dialogue it shares its reference reply with: its last parent."""
    parents = json.loads((layout.splits / "manifest.json").read_text(encoding="utf-8"))["parents"]
    return {child: own[-1] for child, own in parents.items()}


def metrics(table: Table, unit: Unit) -> dict[str, Any]:
    """What DVC and MLflow compare: figures by model and shift."""
    found: dict[str, Any] = {}
    for row in table.emi:
        if row.unit == unit:
            found.setdefault(row.model, {}).setdefault("emi", {})[row.split] = row.emi.value
    for shift in table.emid:
        if shift.unit == unit:
            found[shift.model].setdefault("emid", {})[shift.shift] = {
                "value": shift.emid.value,
                "low": shift.emid.low,
                "high": shift.emid.high,
                "bound_joint": shift.joint,
                "bound_paper": shift.paper,
                "bound_scaled": shift.scaled,
            }
    for pooled in table.factors:
        if pooled.unit == unit and not pooled.against:
            found[pooled.model].setdefault("by_factor", {})[pooled.factor] = {
                "value": pooled.emid.value,
                "low": pooled.emid.low,
                "high": pooled.emid.high,
            }
    for worst in table.worst:
        if worst.unit == unit:
            found[worst.model]["risk"] = {"max": worst.risk.value, "shift": worst.shift}
    found["perplexity"] = table.perplexity
    return found


def publish(params: Params, layout: Layout, table: Table) -> None:
    """Write what DVC shows: metrics by model and shift, and the rows of the figure."""
    unit = params.evaluate.unit
    write(layout.metrics / "emid.json", json.dumps(metrics(table, unit), indent=1) + "\n")
    frame = pd.DataFrame(
        {
            "shift": row.shift, "model": row.model, "emid": row.emid.value, "low": row.emid.low,
            "high": row.emid.high, "joint": row.joint, "paper": row.paper, "scaled": row.scaled,
        }
        for row in table.emid
        if row.unit == unit
    )  # fmt: skip
    write(layout.plots / "emid.csv", frame.to_csv(index=False))
