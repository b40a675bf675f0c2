"""`remid diagnose`: what one model's replies lose under each shift; nothing is trained."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.shift import ID_TEST, TEST_SPLITS
from remid.evaluation.scored import REFERENCE
from remid.evaluation.table import Table
from remid.information.emi import club_estimate, plain
from remid.information.interval import MINIMUM_DIALOGUES
from remid.params import Params
from remid.pipeline import evaluate
from remid.pipeline.reply import chosen, every_id, own_name, scorer
from remid.replies.draw import read_replies
from remid.replies.scorable import NOT_THERE
from remid.replies.user_file import read_given
from remid.report import reading, tables
from remid.store.layout import Layout

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answered:
    """The dialogues that can be diagnosed."""

    dialogues: dict[str, list[Dialogue]]
    """Split to its dialogues that have a reply."""
    texts: Mapping[str, str]
    """Dialogue id to reply."""
    missing: dict[str, int]
    """Split to its dialogues without a usable reply."""
    too_few: dict[str, int]
    """Split to its replies, where they are too few for an interval."""


def run(params: Params, layout: Layout, *, file: Path | None, name: str | None) -> Table:
    """Score every reply of a file, or those in ``replies/NAME/``, and print what they show.

    All replies are used, also beyond `reply.dialogues_per_split`. The pipeline's own scores stay
    as they are: these go to ``studies/diagnose/NAME/``.

    Raises
    ------
    RemidError
        When the estimators have not been trained, the file is faulty, or too few dialogues of ID
        or of every shift have a reply.
    """
    _require_estimators(layout)
    if name is None:
        assert file is not None
        name = file.stem
    if file is not None:
        own_name(name)
    answered = _enough(params, _read(params, layout, file, name), file or layout.replies(name))
    replies = {
        split: {name: {d.id: answered.texts[d.id] for d in members}}
        for split, members in answered.dialogues.items()
    }
    apart = replace(layout, study=f"diagnose/{name}")
    traces = evaluate.write_traces(params, apart, answered.dialogues)
    scored = evaluate.score(params, apart, answered.dialogues, traces, replies, answered.missing)
    table = evaluate.estimate(params, apart, answered.dialogues, replies, scored)
    unit, precision = params.evaluate.unit, params.report.precision
    information = {
        split: plain(club_estimate(own.scores(REFERENCE, unit), level=params.evaluate.level))
        for split, own in scored.items()
    }
    console = Console(width=None if Console().is_terminal else 140)
    emi = reading.emi_grid(table, name, unit, information=information, precision=precision)
    for grid in (emi, tables.emid_grid(table, unit, precision)):
        console.print(tables.rich(grid))
    shown = reading.shows(table, name, unit, information=information, precision=precision)
    _print([reading.scored_part(params.evaluate.reply_tokens), *shown], answered, apart.scores)
    return table


def _read(params: Params, layout: Layout, file: Path | None, name: str) -> Answered:
    splits = {split: list(jsonl.read(layout.split(split))) for split in TEST_SPLITS}
    if file is not None:
        given = read_given(file, splits, every_id(layout), scorer=scorer(layout))
        texts = {key: row.reply for key, row in given.replies.items()}
        for key, reason in given.failed.items():
            if reason != NOT_THERE:
                logger.warning("%s: left out: %s", key, reason)
        wanted = splits
    else:
        texts = {}
        for split, members in splits.items():
            path = layout.replies(name) / f"{split}.jsonl"
            texts |= read_replies(path, [d.id for d in members]).texts
        wanted = chosen(params, layout)  # the reply stage asked for no others
    dialogues = {split: [d for d in members if d.id in texts] for split, members in splits.items()}
    missing = {split: sum(d.id not in texts for d in own) for split, own in wanted.items()}
    return Answered(dialogues, texts, missing, {})


def _enough(params: Params, answered: Answered, source: Path) -> Answered:
    """Leave out the splits whose replies are too few for an interval."""
    negatives = params.evaluate.negatives_per_context if params.evaluate.negatives != "all" else 1
    least = max(MINIMUM_DIALOGUES, negatives + 1)
    kept = {split: own for split, own in answered.dialogues.items() if len(own) >= least}
    if ID_TEST not in kept or len(kept) < 2:
        raise RemidError(
            f"{source}: R-EMID compares {ID_TEST} with a shift, and {least} replies in each are "
            f"needed; there are {len(answered.dialogues[ID_TEST])} in {ID_TEST} and at most "
            f"{max(len(own) for s, own in answered.dialogues.items() if s != ID_TEST)} in a shift."
        )
    too_few = {split: len(own) for split, own in answered.dialogues.items() if split not in kept}
    missing = {split: answered.missing[split] for split in kept}
    return Answered(kept, answered.texts, missing, too_few)


def _require_estimators(layout: Layout) -> None:
    for name in ("reasoner", "responder"):
        if not (layout.estimators / name / "adapter_config.json").is_file():
            raise RemidError(
                f"{layout.estimators / name}: this estimator has not been trained; run `dvc pull` "
                "or `dvc repro coevolve` once."
            )


def _print(shown: Sequence[str], answered: Answered, scores: Path) -> None:
    print("\nWhat this shows")
    print("\n".join(f"- {line}" for line in shown))
    lacking = {split: count for split, count in answered.missing.items() if count}
    if lacking:
        print(
            f"- Dialogues without a reply are left out ({_counts(lacking)}); if they are the hard "
            "ones, the figures flatter the model."
        )
    print("\nWhat it does not show")
    if answered.too_few:
        few = _counts(answered.too_few)
        print(f"- Anything about splits with too few replies for an interval ({few}).")
    print("\n".join(f"- {line}" for line in reading.LIMITS))
    print(f"\nEvery scored pair, with its dialogues: {scores}")


def _counts(by_split: Mapping[str, int]) -> str:
    return ", ".join(f"{split} {count}" for split, count in by_split.items())
