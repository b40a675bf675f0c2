"""`remid judge`: an LLM's verdict on every reply, and whether R-EMI and R-EMID agree with it."""

import logging
import math
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from remid.coevolve.estimators import runtime
from remid.domain.dialogue import REFERENCE, Dialogue
from remid.domain.output import Output
from remid.evaluation import run as steps
from remid.evaluation.dialogues import Evaluation
from remid.evaluation.table import Table
from remid.evaluation.tabulate import tabulate
from remid.judge import ask
from remid.replies.endpoint import Endpoint
from remid.replies.secrets import shown_url
from remid.report import tables
from remid.roleplay import own_model
from remid.store.cache import ContentCache
from remid.store.project import Project
from remid.store.whole import indented, write
from remid.studies.judge.verdicts import AgreementRow, Verdict, agreements
from remid.training import devices

logger = logging.getLogger(__name__)
Rate = Callable[[Sequence[Dialogue], Mapping[str, str], str], list[ask.Rating]]
"""(dialogues, replies by dialogue id, label of the progress bar) to ratings."""


@dataclass(frozen=True)
class Judge:
    """Who judges."""

    name: str
    about: Mapping[str, object]
    rate: Rate
    asked: ask.Ask
    """For comparisons."""


@dataclass(frozen=True)
class Who:
    """The judge that a user names; without any of the three the base model judges."""

    url: str | None = None
    served: str | None = None
    """The model's name at the endpoint `url`."""
    source: str | None = None
    """Folder or hub id of a local judge."""


def run(project: Project, who: Who) -> Output:
    """Judge every reply that is evaluated; then correlate. What is judged once is kept.

    Writes ``studies/judge/NAME/``: every verdict with what the judge said, and the agreement.
    """
    params, layout = project.params, project.layout
    # 1. Verdicts, each kept as it comes; 2. R-EMI with and without traces; 3. correlations.
    evaluation = steps.inputs(project)
    with closing(ContentCache(layout.cache / "judge.sqlite")) as cache:
        judge = _judge(project, who, cache)
        folder = layout.studies / "judge" / judge.name
        verdicts = _verdicts(judge, evaluation, folder)
    reasoned, plain = _tables(project, evaluation)
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
    write(folder / "agreement.json", indented(content) + "\n")
    _warn(verdicts)
    return Output(
        {**content, "folder": str(folder)},
        (
            _grid(rows, params.report.precision),
            f"Every verdict, with what the judge said: {folder}",
        ),
    )


def _judge(project: Project, who: Who, cache: ContentCache) -> Judge:
    if who.url is not None and who.served is not None:
        return _served(project, who.url, who.served, cache)
    layout, params = project.layout, project.params
    lm, _ = own_model.load(
        who.source or str(layout.base),
        adapter=None,
        kept=layout.cache / "models",
        dtype=devices.dtype(params),
        device=devices.device(params),
    )
    limited = runtime(project, lm, None, cache)

    def expect(
        dialogues: Sequence[Dialogue], texts: Mapping[str, str], progress: str
    ) -> list[ask.Rating]:
        return ask.expect(limited, dialogues, texts, progress=progress)

    # A comparison shows a whole scene and two replies.
    asked = ask.local(limited.within(2 * limited.max_prompt_tokens))
    about = {
        "model": lm.identity(None),
        "template": lm.chat.fingerprint,
        "source": who.source,
        "rubrics": ask.RUBRICS,
    }
    return Judge(_slug(who.source) if who.source else "base", about, expect, asked)


def _served(project: Project, url: str, served: str, cache: ContentCache) -> Judge:
    endpoint = Endpoint(url=url, model=served, **project.params.endpoint.model_dump())

    def rate(
        dialogues: Sequence[Dialogue], texts: Mapping[str, str], progress: str
    ) -> list[ask.Rating]:
        return ask.judge(ask.served(endpoint, cache, progress), dialogues, texts)

    about = {"model": served, "url": shown_url(url), "rubrics": ask.RUBRICS}
    return Judge(_slug(served), about, rate, ask.served(endpoint, cache, "comparisons"))


def _verdicts(judge: Judge, evaluation: Evaluation, folder: Path) -> list[Verdict]:
    """Ratings of every model's replies and comparisons with the references, written per split."""
    dialogues = evaluation.dialogues
    # A reply is compared with the reference, in both orders of the two.
    references = {d.id: d.reference for d in dialogues}
    verdicts = []
    for model in evaluation.models:
        texts = evaluation.texts(model)
        rated = judge.rate(dialogues, texts, f"ratings, {model}")
        compared = ask.prefer(judge.asked, dialogues, texts, references)
        for split, members in evaluation.splits.items():
            ids = {one.dialogue.id for one in members}
            ratings = [row for row in rated if row.id in ids]
            preferences = [row for row in compared if row.id in ids]
            ask.write(folder / "ratings" / model / f"{split}.jsonl", ratings)
            versus = f"{model}-{REFERENCE}"
            ask.write(folder / "preferences" / versus / f"{split}.jsonl", preferences)
            verdicts.append(_verdict(model, split, ratings, preferences))
    return verdicts


def _verdict(
    model: str,
    split: str,
    ratings: Sequence[ask.Rating],
    preferences: Sequence[ask.Preference],
) -> Verdict:
    # What the judge did not say is left out, and counted in the verdict.
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


def _tables(project: Project, evaluation: Evaluation) -> tuple[Table, Table]:
    """Every figure with the reasoner's traces, and with every trace left empty."""
    measured = steps.divergences(project, evaluation)
    reasoned, plain = (project.for_study(f"judge/scores/{kind}") for kind in ("reasoned", "plain"))
    # Folders of their own: the pipeline's scores stay as they are.
    traced, settings = steps.write_traces(reasoned, evaluation), steps.table_settings(project)
    return (
        tabulate(steps.score(reasoned, traced), measured, settings),
        tabulate(steps.score(plain, evaluation), measured, settings),
    )


def _slug(text: str) -> str:
    # A hub name has a slash, and this becomes a folder.
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.") or "judge"


def _grid(rows: Sequence[AgreementRow], precision: int) -> tables.Grid:
    return tables.Grid(
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


def _warn(verdicts: Sequence[Verdict]) -> None:
    unrated, undecided = sum(v.unrated for v in verdicts), sum(v.undecided for v in verdicts)
    if unrated or undecided:
        logger.warning(
            "the judge gave no rating %d times and no preference %d times; run `remid judge` again "
            "to ask those that were not answered",
            unrated,
            undecided,
        )
