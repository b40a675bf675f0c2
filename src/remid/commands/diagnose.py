"""`remid diagnose`: what one model's replies lose under each shift; nothing is trained."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from remid.coevolve import estimators
from remid.corpus.splits import read_tests
from remid.domain.errors import RemidError
from remid.domain.shift import ID_TEST
from remid.evaluation import run as steps
from remid.evaluation.dialogues import Evaluation, gather
from remid.evaluation.table import Table
from remid.information.interval import MINIMUM_DIALOGUES
from remid.params import Evaluate
from remid.replies.file_rows import Options
from remid.replies.length import reply_limits
from remid.replies.reply_file import cut_count
from remid.replies.run import (
    every_id,
    file_name,
    names_of,
    read_scorable,
    require_own_name,
    scorer,
)
from remid.replies.scorable import NOT_THERE
from remid.replies.selection import evaluated
from remid.replies.user_file import read_user_file
from remid.report import caveats, reading, tables
from remid.store.project import Project

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answered:
    """What can be diagnosed, and what cannot."""

    evaluation: Evaluation
    too_few: Mapping[str, int]
    """Split to its replies, where they are too few for an interval."""


def run(
    project: Project, *, file: Path | None, name: str | None, options: Options | None = None
) -> dict[str, Table]:
    """Score every reply of a file, or those in ``replies/NAME/``, and print what they show.

    All replies are used, also beyond `reply.dialogues_per_split`. The pipeline's own scores stay
    as they are: these go to ``studies/diagnose/NAME/``. Of a file with the replies of several
    models, each is diagnosed under ``NAME-MODEL``.

    Raises
    ------
    RemidError
        When the estimators have not been trained, the file is faulty, or too few dialogues of ID
        or of every shift have a reply (of every model).
    """
    estimators.require(project.layout)
    if file is None:
        assert name is not None
        found = {name: _drawn(project, name)}
    else:
        name = name or file_name(file)
        require_own_name(name)
        found = _given(project, file, name, options)
    results: dict[str, Table] = {}
    failure: RemidError | None = None
    for own, evaluation in found.items():
        try:
            source = str(file or project.layout.replies(own))
            source += f", {own}" if len(found) > 1 else ""
            answered = _enough(project.params.evaluate, evaluation, source)
        except RemidError as error:
            failure = error
            logger.warning("%s", error)
            continue
        results[own] = _diagnosed(project, own, answered)
    if failure and not results:
        raise failure
    return results


def _diagnosed(project: Project, name: str, answered: Answered) -> Table:
    apart = project.apart(f"diagnose/{name}")
    evaluation = steps.write_traces(apart, answered.evaluation)
    scored = steps.score(apart, evaluation)
    table = steps.estimate(apart, evaluation, scored)
    params = project.params
    unit, precision = params.evaluate.unit, params.report.precision
    console = Console(width=None if Console().is_terminal else 140)
    for grid in (
        tables.emi_by_split_grid(table, name, unit, precision),
        tables.emid_grid(table, unit, precision),
        tables.parts_grid(table, unit, precision),
        tables.health_grid(table, unit, precision),
    ):
        console.print(tables.rich(grid))
    shown = reading.shows(table, name, unit, precision=precision)
    told = [caveats.scored_part(table), *caveats.left_out(table)]
    _print([*told, *shown], answered, apart.layout.scores)
    return table


def _drawn(project: Project, name: str) -> Evaluation:
    """Gather the dialogues that a model of the reply stage replied to."""
    layout, splits, chat = project.layout, read_tests(project.layout), scorer(project.layout)
    limits = reply_limits(splits, chat, project.params.evaluate.reply_share)
    replies = read_scorable(layout, name, splits, chat)
    # The reply stage asked for no others.
    wanted = evaluated(project)
    return gather(splits, {name: replies}, reply_tokens=limits, wanted=wanted)


def _given(
    project: Project, file: Path, name: str, options: Options | None
) -> dict[str, Evaluation]:
    """Gather, by model, the dialogues of every test split that a file replies to."""
    layout, splits, chat = project.layout, read_tests(project.layout), scorer(project.layout)
    limits = reply_limits(splits, chat, project.params.evaluate.reply_share)
    files = read_user_file(file, splits, every_id(layout), scorer=chat, options=options)
    found = {}
    for model, own in names_of(files, name).items():
        for key, reason in files[model].failed.items():
            if reason != NOT_THERE:
                logger.warning("%s: left out: %s", key, reason)
        for what, count in cut_count(files[model].rows.values()).items():
            print(f"{own}: {what} cut from {count} of {len(files[model].rows)} replies")
        found[own] = gather(splits, {own: files[model].replies}, reply_tokens=limits)
    return found


def _enough(evaluate: Evaluate, found: Evaluation, source: str) -> Answered:
    """Leave out the splits whose replies are too few for an interval."""
    negatives = evaluate.negatives_per_context if evaluate.negatives != "all" else 1
    least = max(MINIMUM_DIALOGUES, negatives + 1)
    kept = {split: own for split, own in found.splits.items() if len(own) >= least}
    counts = {split: len(own) for split, own in found.splits.items()}
    if ID_TEST not in kept or len(kept) < 2:
        raise RemidError(
            f"{source}: R-EMID compares {ID_TEST} with a shift, and {least} replies in each are "
            f"needed; there are {counts[ID_TEST]} in {ID_TEST} and at most "
            f"{max((n for split, n in counts.items() if split != ID_TEST), default=0)} in a shift."
        )
    missing = {split: found.missing[split] for split in kept}
    too_few = {split: n for split, n in counts.items() if split not in kept}
    return Answered(Evaluation(kept, missing, found.reply_tokens), too_few)


def _print(shown: Sequence[str], answered: Answered, scores: Path) -> None:
    print("\nWhat this shows")
    print("\n".join(f"- {line}" for line in shown))
    lacking = {split: count for split, count in answered.evaluation.missing.items() if count}
    if lacking:
        print(
            f"- Dialogues without a reply are left out ({_counts(lacking)}); if they are the hard "
            "ones, the figures flatter the model."
        )
    print("\nWhat it does not show")
    if answered.too_few:
        few = _counts(answered.too_few)
        print(f"- Anything about splits with too few replies for an interval ({few}).")
    print("\n".join(f"- {line}" for line in caveats.limits()))
    print(f"\nEvery scored pair, with its dialogues: {scores}")


def _counts(by_split: Mapping[str, int]) -> str:
    return ", ".join(f"{split} {count}" for split, count in by_split.items())
