"""`remid diagnose`: what one model's replies lose under each shift; nothing is trained."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from remid.coevolve import estimators
from remid.commands import attribution
from remid.commands.diagnosis import Diagnosis
from remid.corpus.splits import read_tests
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.output import Output
from remid.domain.shift import ID_TEST
from remid.evaluation import run as steps
from remid.evaluation.dialogues import Evaluation, gather
from remid.information.interval import MINIMUM_DIALOGUES
from remid.params import Evaluate
from remid.replies.file_rows import Options
from remid.replies.length import reply_limits
from remid.replies.reply_file import Reply, cut_count
from remid.replies.run import (
    every_id,
    file_name,
    names_of,
    read_scorable,
    require_own_name,
)
from remid.replies.scorable import NOT_THERE, scorable
from remid.replies.selection import evaluated
from remid.replies.user_file import read_user_file
from remid.report import pages
from remid.store.project import Project
from remid.store.whole import write

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answered:
    """What can be diagnosed, and what cannot."""

    evaluation: Evaluation
    too_few: Mapping[str, int]
    """Split to its replies, where they are too few for an interval."""
    notes: tuple[str, ...] = ()
    """What was cut from replies, or left out of their file."""


Given = tuple[Evaluation, tuple[str, ...]]
"""Dialogues with one model's replies, and what was cut from these or left out."""


def run(
    project: Project,
    *,
    file: Path | None,
    name: str | None,
    options: Options | None = None,
    partners: int = 0,
) -> Output:
    """Diagnose every model of a file, or NAME, and say what the figures show.

    Parameters
    ----------
    partners : how many dialogues each is swapped with for the attribution; 0 attributes nothing.

    Raises
    ------
    RemidError
        As :func:`diagnoses`.
    """
    if partners < 0:
        raise RemidError(
            f"--attribution {partners}: expected how many dialogues each is swapped with, 1 or more."
        )
    found = diagnoses(project, file=file, name=name, options=options, partners=partners)
    places = {own: project.for_study(f"diagnose/{own}").layout.scores for own in found}
    curve = estimators.training_curve(project)
    for key, own in found.items():
        text = pages.render(project.for_study(f"diagnose/{key}"), own.table, curve=curve)
        write(_page(places[key]), text)
    content = [
        {**own.content(), "scores": str(places[key]), "page": str(_page(places[key]))}
        for key, own in found.items()
    ]
    parts = [part for key, own in found.items() for part in _parts(own, places[key])]
    return Output({"models": content}, parts)


def diagnoses(
    project: Project,
    *,
    file: Path | None,
    name: str | None,
    options: Options | None = None,
    partners: int = 0,
) -> dict[str, Diagnosis]:
    """Score every reply of a file, or those in ``replies/NAME/``; by model.

    All replies are used, also beyond `reply.dialogues_per_split`. The pipeline's own scores stay
    as they are: these go to ``studies/diagnose/NAME/``. Of a file with the replies of several
    models, each is diagnosed under ``NAME-MODEL``.

    Parameters
    ----------
    partners : dialogues that each is swapped with, to tell which factor a loss is of; 0 swaps none.

    Raises
    ------
    RemidError
        When the estimators have not been trained, the file is faulty, or too few dialogues of ID
        or of every shift have a reply (of every model).
    """
    estimators.located(project)
    found: dict[str, Given]
    if file is None:
        assert name is not None
        found = {name: (_drawn(project, name), ())}
    else:
        name = name or file_name(file)
        require_own_name(name)
        found = _given(project, file, name, options)
    results: dict[str, Diagnosis] = {}
    failure: RemidError | None = None
    for own, (evaluation, notes) in found.items():
        try:
            source = str(file or project.layout.replies(own))
            source += f", {own}" if len(found) > 1 else ""
            answered = enough(project.params.evaluate, evaluation, source)
        except RemidError as error:
            failure = error
            logger.warning("%s", error)
            continue
        apart = project.for_study(f"diagnose/{own}")
        results[own] = diagnosed(apart, own, replace(answered, notes=notes), partners)
    if failure and not results:
        raise failure
    return results


def diagnosed(project: Project, name: str, answered: Answered, partners: int = 0) -> Diagnosis:
    """Score and estimate; what is written goes to the project's scores and cache."""
    evaluation = steps.write_traces(project, answered.evaluation)
    scored = steps.score(project, evaluation)
    return Diagnosis(
        model=name,
        unit=project.params.evaluate.unit,
        table=steps.estimate(project, evaluation, scored),
        scored=scored,
        missing=answered.evaluation.missing,
        too_few=answered.too_few,
        notes=answered.notes,
        precision=project.params.report.precision,
        attribution=tuple(
            attribution.parts(project, name, evaluation, scored, partners=partners)
            if partners
            else ()
        ),
    )


def _drawn(project: Project, name: str) -> Evaluation:
    """Gather the dialogues that a model of the reply stage replied to."""
    layout, splits, chat = project.layout, read_tests(project.layout), estimators.scorer(project)
    # Of all references of a split, answered or not: how much is scored must not depend on the file.
    limits = reply_limits(splits, chat, project.params.evaluate.reply_share)
    replies = read_scorable(layout, name, splits, chat)
    # The reply stage asked for no others.
    wanted = evaluated(project)
    return gather(splits, {name: replies}, reply_tokens=limits, wanted=wanted)


def _given(project: Project, file: Path, name: str, options: Options | None) -> dict[str, Given]:
    """Gather, by model, the dialogues of every test split that a file replies to."""
    splits, every = read_tests(project.layout), every_id(project.layout)
    return of_file(project, file, name, splits, every, options)


def of_file(
    project: Project,
    file: Path,
    name: str,
    splits: Mapping[str, Sequence[Dialogue]],
    every: Mapping[str, Sequence[str]],
    options: Options | None = None,
) -> dict[str, Given]:
    """Gather, by model, the dialogues of `splits` that a file replies to.

    Parameters
    ----------
    every : split to the ids of all its dialogues, those that are not evaluated among them.

    Raises
    ------
    RemidError
        As :func:`remid.replies.user_file.read_user_file`.
    """
    chat = estimators.scorer(project)
    limits = reply_limits(splits, chat, project.params.evaluate.reply_share)
    # Every split is known, so that an id of the training split is told as such.
    files = read_user_file(file, splits, every, scorer=chat, options=options)
    found = {}
    for model, own in names_of(files, name).items():
        notes = []
        for key, reason in files[model].failed.items():
            if reason != NOT_THERE:
                logger.warning("%s: left out: %s", key, reason)
        for what, count in cut_count(files[model].rows.values()).items():
            notes.append(f"{own}: {what} cut from {count} of {len(files[model].rows)} replies")
        evaluation = gather(splits, {own: files[model].replies}, reply_tokens=limits)
        found[own] = (evaluation, tuple(notes))
    return found


def of_texts(
    project: Project,
    texts: Mapping[str, str],
    name: str,
    splits: Mapping[str, Sequence[Dialogue]],
) -> Given:
    """Gather the dialogues of `splits` that are replied to, by dialogue id.

    Raises
    ------
    RemidError
        For a reply to a dialogue that is in no split.
    """
    chat = estimators.scorer(project)
    dialogues = [d for members in splits.values() for d in members]
    if unknown := set(texts) - {d.id for d in dialogues}:
        raise RemidError(
            f"replies: {len(unknown)} of {len(texts)} are to dialogues of no split (the first: "
            f"{min(unknown)!r}); take the ids from the dialogues."
        )
    found = scorable(dialogues, {key: Reply(key, text) for key, text in texts.items()}, chat)
    notes = [f"{key}: {why}" for key, why in found.failed.items() if why != NOT_THERE]
    limits = reply_limits(splits, chat, project.params.evaluate.reply_share)
    return gather(splits, {name: found.replies}, reply_tokens=limits), tuple(notes)


def enough(evaluate: Evaluate, found: Evaluation, source: str) -> Answered:
    """Leave out the splits whose replies are too few for an interval.

    Raises
    ------
    RemidError
        When ID or every shift has too few.
    """
    negatives = evaluate.negatives_per_context if evaluate.negatives != "all" else 1
    # Each reply needs so many contexts beside its own.
    least = max(MINIMUM_DIALOGUES, negatives + 1)
    kept = {split: own for split, own in found.splits.items() if len(own) >= least}
    given = {split: len(own) for split, own in found.splits.items()}
    if ID_TEST not in kept or len(kept) < 2:
        raise RemidError(
            f"{source}: R-EMID compares {ID_TEST} with a shift, and {least} replies in each are "
            f"needed; there are {given.get(ID_TEST, 0)} in {ID_TEST} and at most "
            f"{max((n for split, n in given.items() if split != ID_TEST), default=0)} in a shift."
        )
    missing = {split: found.missing[split] for split in kept}
    too_few = {split: n for split, n in given.items() if split not in kept}
    return Answered(Evaluation(kept, missing, found.reply_tokens), too_few)


def _parts(found: Diagnosis, scores: Path) -> Sequence[object]:
    return (
        *found.notes,
        *found.grids,
        *found.attribution,
        "\nWhat this shows",
        *(f"- {line}" for line in found.shows),
        "\nWhat it does not show",
        *(f"- {line}" for line in found.limits),
        f"\nEvery scored pair, with its dialogues: {scores}\nThe page: {_page(scores)}",
    )


def _page(scores: Path) -> Path:
    return scores.parent / "report.html"
