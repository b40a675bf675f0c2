"""`remid judge`: an LLM's verdict on every reply, and whether R-EMI and R-EMID agree with it."""

import logging
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
from rich.console import Console

from remid.corpus.files import replacing
from remid.domain.dialogue import Dialogue
from remid.domain.shift import ID_TEST
from remid.evaluation.scored import REFERENCE
from remid.evaluation.table import Table, tabulate
from remid.judge import ask as judging
from remid.params import Params
from remid.pipeline import evaluate
from remid.replies.endpoint import Endpoint
from remid.report import tables
from remid.roleplay.own_model import load_brought
from remid.store.cache import ContentCache
from remid.store.layout import Layout
from remid.studies.judge.verdicts import AgreementRow, Verdict, agreements
from remid.training import devices

logger = logging.getLogger(__name__)
Rate = Callable[[Sequence[Dialogue], Mapping[str, str], str], list[judging.Rating]]
"""(dialogues, replies by dialogue id, label of the progress bar) to ratings."""


@dataclass(frozen=True)
class Judge:
    """Who judges."""

    name: str
    about: Mapping[str, object]
    rate: Rate
    asked: judging.Ask
    """For comparisons."""


def run(
    params: Params,
    layout: Layout,
    *,
    url: str | None = None,
    served: str | None = None,
    source: str | None = None,
) -> list[AgreementRow]:
    """Judge every reply that is evaluated; then correlate. What is judged once is kept.

    Parameters
    ----------
    url, served : an endpoint and its model's name.
    source : folder or hub id of a local judge; without any of the three the base model judges.

    Writes ``studies/judge/NAME/``: every verdict with what the judge said, and the agreement.
    """
    dialogues, replies, missing = evaluate.inputs(params, layout)
    with closing(ContentCache(layout.cache / "judge.sqlite")) as cache:
        with _judge(params, layout, cache, url=url, served=served, source=source) as judge:
            folder = layout.studies / "judge" / judge.name
            verdicts = _verdicts(judge, dialogues, replies, folder)
    reasoned, plain = _tables(params, layout, dialogues, replies, missing)
    rows = agreements(
        reasoned,
        plain,
        verdicts,
        unit=params.evaluate.unit,
        level=params.evaluate.level,
        resamples=params.evaluate.resamples,
        seed=params.seed,
    )
    content = {"judge": judge.about, "verdicts": verdicts, "agreement": rows}
    with replacing(folder / "agreement.json") as file:
        file.write(msgspec.json.format(msgspec.json.encode(content)) + b"\n")
    _print(rows, verdicts, folder, params.report.precision)
    return rows


@contextmanager
def _judge(
    params: Params,
    layout: Layout,
    cache: ContentCache,
    *,
    url: str | None,
    served: str | None,
    source: str | None,
) -> Iterator[Judge]:
    if url is not None and served is not None:
        endpoint = Endpoint(url=url, model=served, **params.endpoint.model_dump())

        def rate(
            dialogues: Sequence[Dialogue], texts: Mapping[str, str], progress: str
        ) -> list[judging.Rating]:
            return judging.judge(judging.served(endpoint, cache, progress), dialogues, texts)

        about = {"model": served, "url": url, "rubrics": judging.RUBRICS}
        yield Judge(_slug(served), about, rate, judging.served(endpoint, cache, "comparisons"))
        return
    lm, _ = load_brought(
        source or str(layout.base),
        adapter=None,
        kept=layout.cache / "models",
        dtype=params.model.dtype,
        device=devices.device(params),
    )
    budget = params.model.token_budget

    def expect(
        dialogues: Sequence[Dialogue], texts: Mapping[str, str], progress: str
    ) -> list[judging.Rating]:
        return judging.expect(
            lm, dialogues, texts, token_budget=budget, cache=cache, progress=progress
        )

    asked = judging.local(
        lm,
        max_prompt_tokens=params.model.max_prompt_tokens * 2,  # a whole scene and two replies
        token_budget=budget,
        cache=cache,
    )
    about = {"model": lm.identity(None), "template": lm.chat.fingerprint}
    name = _slug(source) if source else "base"
    yield Judge(name, {**about, "source": source, "rubrics": judging.RUBRICS}, expect, asked)


def _verdicts(
    judge: Judge,
    dialogues: Mapping[str, Sequence[Dialogue]],
    replies: evaluate.Replies,
    folder: Path,
) -> list[Verdict]:
    """Ratings of every model's replies and comparisons with the references, written per split."""
    flat = [d for members in dialogues.values() for d in members]
    references = {d.id: d.reference for d in flat}
    verdicts = []
    for model in replies[ID_TEST]:
        texts = {key: text for own in replies.values() for key, text in own[model].items()}
        rated = judge.rate(flat, texts, f"ratings, {model}")
        compared = judging.prefer(judge.asked, flat, texts, references)
        for split, members in dialogues.items():
            ids = {d.id for d in members}
            ratings = [row for row in rated if row.id in ids]
            preferences = [row for row in compared if row.id in ids]
            judging.write(folder / "ratings" / model / f"{split}.jsonl", ratings)
            versus = f"{model}-{REFERENCE}"
            judging.write(folder / "preferences" / versus / f"{split}.jsonl", preferences)
            verdicts.append(_verdict(model, split, ratings, preferences))
    return verdicts


def _verdict(
    model: str,
    split: str,
    ratings: Sequence[judging.Rating],
    preferences: Sequence[judging.Preference],
) -> Verdict:
    given = [row.rating for row in ratings if not math.isnan(row.rating)]
    decided = [row.first for row in preferences if not math.isnan(row.first)]
    return Verdict(
        model=model,
        split=split,
        rating=float(np.mean(given)) if given else math.nan,
        preferred=float(np.mean(decided)) if decided else math.nan,
        dialogues=len(preferences),
        unrated=len(ratings) - len(given),
        undecided=len(preferences) - len(decided),
    )


def _tables(
    params: Params,
    layout: Layout,
    dialogues: Mapping[str, Sequence[Dialogue]],
    replies: evaluate.Replies,
    missing: Mapping[str, int],
) -> tuple[Table, Table]:
    """Every figure with the reasoner's traces, and with every trace left empty."""
    divergences = evaluate.divergences(params, layout, dialogues, replies)
    apart = {kind: replace(layout, study=f"judge/scores/{kind}") for kind in ("reasoned", "plain")}
    traces = {
        "reasoned": evaluate.write_traces(params, apart["reasoned"], dialogues),
        "plain": {d.id: "" for members in dialogues.values() for d in members},
    }
    table = partial(
        tabulate,
        divergences=divergences,
        parents=evaluate.shared_references(layout),
        level=params.evaluate.level,
        resamples=params.evaluate.resamples,
        seed=params.seed,
    )
    reasoned, plain = (
        table(evaluate.score(params, apart[kind], dialogues, own, replies, missing))
        for kind, own in traces.items()
    )
    return reasoned, plain


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.") or "judge"


def _print(
    rows: Sequence[AgreementRow], verdicts: Sequence[Verdict], folder: Path, precision: int
) -> None:
    grid = tables.Grid(
        "Agreement with the judge over (model, split) pairs",
        ("metric", "judge", "pairs", "Pearson", "Spearman", "Kendall"),
        tuple(
            (
                row.metric,
                row.judge,
                str(row.pairs),
                *(
                    (row.undefined, "", "")
                    if row.found is None
                    else (
                        tables.figure(row.found.pearson, precision),
                        tables.figure(row.found.spearman, precision),
                        tables.figure(row.found.kendall, precision),
                    )
                ),
            )
            for row in rows
        ),
    )
    Console(width=None if Console().is_terminal else 160).print(tables.rich(grid))
    unrated, undecided = sum(v.unrated for v in verdicts), sum(v.undecided for v in verdicts)
    if unrated or undecided:
        logger.warning(
            "the judge gave no rating %d times and no preference %d times; run `remid judge` again "
            "to ask those that were not answered",
            unrated,
            undecided,
        )
    print(f"Every verdict, with what the judge said: {folder}")
