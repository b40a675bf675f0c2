"""R-EMI and R-EMID by the choices of the paper's authors, beside ours.

What their code does and the paper does not say is in docs/paper-estimator.md. No interval: theirs
has none.
"""

from collections.abc import Sequence
from contextlib import closing
from random import Random

import numpy as np

from remid.coevolve import estimators
from remid.domain.dialogue import REFERENCE
from remid.domain.shift import ID_TEST
from remid.evaluation.dialogues import Evaluated, Evaluation
from remid.evaluation.table import PublishedRow
from remid.information.arrays import FloatArray, IntArray
from remid.lm import prompts
from remid.lm.likelihood.window import window_scores
from remid.lm.runtime import Runtime
from remid.store.cache import ContentCache
from remid.store.project import Project

SEED = 42
MOST_NEGATIVES = 1000
"""Negative pairs of a split, at most."""


def published_rows(project: Project, evaluation: Evaluation) -> list[PublishedRow]:
    """Every model on every split, in their order of draws; finished scores come from the cache."""
    with closing(ContentCache(project.layout.cache / "published.sqlite")) as cache:
        runtime = estimators.responder(project, estimators.located(project), cache)
        return rows(runtime, evaluation)


def rows(runtime: Runtime, evaluation: Evaluation) -> list[PublishedRow]:
    """As :func:`published_rows`, with a responder that is loaded."""
    # Their one seed is Python's, drawn from split after split, model after model: numpy's
    # generators would give other pairs. The references of a split are scored once, with pairs of
    # their own, which the first model's scoring of that split is followed by.
    rng = Random(SEED)
    references: dict[str, float] = {}
    found = []
    for model in evaluation.models:
        on_id = np.nan
        for split, members in evaluation.splits.items():
            replies = [one.replies[model].text for one in members]
            drawn = negatives(len(members), rng)
            own = _information(runtime, members, replies, drawn, f"{model}, {split}")
            if split not in references:
                texts = [one.dialogue.reference for one in members]
                drawn = negatives(len(members), rng)
                references[split] = _information(
                    runtime, members, texts, drawn, f"{REFERENCE}, {split}"
                )
            emi = own - references[split]
            on_id = emi if split == ID_TEST else on_id
            found.append(
                PublishedRow(
                    model=model,
                    split=split,
                    replies=own,
                    references=references[split],
                    emi=emi,
                    emid=np.nan if split == ID_TEST else on_id - emi,
                    pairs=min(len(members) * (len(members) - 1), MOST_NEGATIVES),
                )
            )
    return found


def negatives(n: int, rng: Random) -> IntArray:
    """(context i, reply j), i != j, drawn without replacement from all n (n - 1)."""
    places = rng.sample(range(n * (n - 1)), min(n * (n - 1), MOST_NEGATIVES))
    # All pairs in order of i, then of j, without i = j.
    i, rest = np.divmod(np.array(places, dtype=np.int64), n - 1)
    return np.stack([i, rest + (rest >= i)], axis=1)


def _information(
    runtime: Runtime,
    members: Sequence[Evaluated],
    replies: Sequence[str],
    drawn: IntArray,
    progress: str,
) -> float:
    """Return mean S[i, i] - mean S[i, j] over the drawn pairs, S being means over the window."""
    own = runtime.templates
    contexts = [prompts.responder_prompt(one.dialogue, one.trace, own).messages for one in members]
    texts = [own.reply(text) if own else text for text in replies]
    n = len(members)
    pairs = np.concatenate([np.stack([np.arange(n)] * 2, axis=1), drawn])
    scores: FloatArray = window_scores(
        runtime, contexts, texts, pairs, progress=f"as published, {progress}"
    )
    return float(scores[:n].mean() - scores[n:].mean())
