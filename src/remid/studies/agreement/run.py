"""`remid agreement`: R-EMI and what stands beside it, set against a user's own human ratings."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from remid.coevolve import estimators
from remid.corpus.splits import read_tests
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.output import Output
from remid.evaluation.design import MEANINGS
from remid.lm.embedding import embed
from remid.replies.draw import read_replies
from remid.replies.run import file_name, plain_name
from remid.report import figures, page, tables
from remid.report.reading import FORMED
from remid.store.cache import ContentCache
from remid.store.layout import Layout
from remid.store.project import Project
from remid.store.whole import indented, write
from remid.studies.agreement import shown
from remid.studies.agreement.measures import MEASURES, columns, measures
from remid.studies.agreement.ratings import Lookup, RatedFile, RatedReply, read_ratings, told_notes
from remid.studies.agreement.results import Rated, Results, results
from remid.studies.agreement.row_fields import Fields
from remid.studies.agreement.scoring import Scored, score

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """What a user names."""

    ratings: Path
    replies: Path | None = None
    name: str = ""
    """Of the folder of the results; the file's where empty."""
    fields: Fields = Fields()


def run(project: Project, asked: Asked) -> Output:
    """Score every rated reply, and correlate; scores that are known are not made again.

    Writes ``studies/agreement/NAME/``: every reply with its measures and ratings, the figures as
    JSON and Markdown, and a page.

    Raises
    ------
    RemidError
        When the estimators have not been trained, the file is faulty, or nothing can be scored.
    """
    estimators.located(project)
    layout = project.layout
    # 1. The file; 2. scores; 3. measures; 4. correlations; 5. files and what is printed.
    splits = _of_project(layout)
    rated = read_ratings(
        asked.ratings,
        asked.fields,
        project={d.id: d for members in splits.values() for d in members},
        replies=asked.replies,
        drawn=_drawn(layout, splits),
    )
    name = plain_name(asked.name) if asked.name else file_name(asked.ratings)
    apart = project.for_study(f"agreement/{name}")
    scored = score(apart, rated)
    if not scored.replies:
        told = ", ".join(f"{count} {reason}" for reason, count in scored.left_out.items())
        raise RemidError(f"{asked.ratings}: none of its replies can be scored ({told}).")
    rows = _measured(project, rated, scored)
    evaluate = project.params.evaluate
    given = _rated(rated, scored, rows)
    found = results(
        given, level=evaluate.level, resamples=evaluate.resamples, seed=project.params.seed
    )
    return _publish(
        apart, f"Agreement with people: {name}", _about(project, rated, scored), scored, rows, found
    )


def _of_project(layout: Layout) -> dict[str, list[Dialogue]]:
    """Splits whose dialogues a row may name; none where the project has no splits yet."""
    return read_tests(layout) if (layout.splits / "manifest.json").is_file() else {}


def _drawn(layout: Layout, splits: Mapping[str, Sequence[Dialogue]]) -> Lookup:
    """Replies of the project's own models, read when they are first asked for."""
    home = {d.id: split for split, members in splits.items() for d in members}
    known: dict[tuple[str, str], Mapping[str, str]] = {}

    def reply(system: str, key: str) -> str:
        if key not in home or not system or "/" in system:
            return ""
        split = home[key]
        file = layout.replies(system) / f"{split}.jsonl"
        if (system, split) not in known:
            texts = read_replies(file, [*home]).texts if file.is_file() else {}
            known[system, split] = texts
        return known[system, split].get(key, "")

    return reply


def _measured(project: Project, rated: RatedFile, scored: Scored) -> list[dict[str, float]]:
    """Every measure of every reply."""
    layout = project.layout
    last = {key: d.context[-1].text for key, d in rated.dialogues.items()}
    texts = [text for reply in scored.replies for text in (reply.text, last[reply.dialogue])]
    with closing(ContentCache(layout.cache / "embeddings.sqlite")) as cache:
        vectors = embed(layout.encoder, texts, cache=cache, progress="embeddings")
    # Embeddings have length 1, so the product is the cosine.
    echoes = (vectors[::2] * vectors[1::2]).sum(1)
    return [
        measures(own, scored.references.get(reply.dialogue), float(echo))
        for reply, own, echo in zip(scored.replies, scored.scores, echoes, strict=True)
    ]


def _rated(rated: RatedFile, scored: Scored, rows: list[dict[str, float]]) -> Rated:
    replies = scored.replies
    return Rated(
        columns(rows),
        {name: [reply.scores.get(name, {}) for reply in replies] for name in rated.names},
        [reply.system for reply in replies],
        [rated.dialogues[reply.dialogue].conversation for reply in replies],
    )


def _about(project: Project, rated: RatedFile, scored: Scored) -> list[str]:
    """What was read and scored, and what was left out of it."""
    evaluate = project.params.evaluate
    used = {reply.dialogue for reply in scored.replies}
    systems = {reply.system for reply in scored.replies}
    raters = {who for r in scored.replies for given in r.scores.values() for who in given}
    told = [
        f"{len(scored.replies)} replies of {len(systems)} systems to {len(used)} contexts, scored "
        f"whole; {len(raters)} raters, or ratings a reply where none is named.",
        f"Negatives: {MEANINGS[evaluate.negatives]}; {scored.clusters} clusters of contexts.",
    ]
    # Said, since R-EMI is defined for the others alone.
    lacking = len(used - set(scored.references))
    if lacking:
        told.append(
            f"{lacking} contexts have no reference: their replies have information, and no R-EMI."
        )
    if not evaluate.traces:
        told.append("The responder was shown no traces (`evaluate.traces: false`).")
    elif scored.formed < FORMED * scored.traces:
        told.append(
            f"The reasoner's traces are well formed for {scored.formed} of {scored.traces} contexts; "
            "the others were scored without one. `evaluate.traces: false` scores all without."
        )
    told += [f"Left out: {reason}, {count} replies." for reason, count in scored.left_out.items()]
    return [*told, *(f"Of the file: {line}." for line in told_notes(rated.odd))]


def _publish(
    apart: Project,
    title: str,
    about: list[str],
    scored: Scored,
    rows: list[dict[str, float]],
    found: Results,
) -> Output:
    folder, precision = apart.layout.scores.parent, apart.params.report.precision
    beaten = float(np.nanmean([own.beaten for own in scored.scores]))
    shows = shown.sentences(found, beaten, precision)
    grids = shown.grids(found, precision)
    content = {"about": about, "shows": shows, "negatives_beaten": beaten, "agreement": found}
    write(folder / "agreement.json", indented(content) + "\n")
    lines = [_line(reply, row) for reply, row in zip(scored.replies, rows, strict=True)]
    write(folder / "replies.jsonl", b"".join(lines))
    parts = ["\n".join(f"- {line}" for line in (*about, *shows, *shown.LIMITS))]
    parts += [f"**{grid.title}**\n\n{tables.markdown(grid)}" for grid in grids]
    write(folder / "agreement.md", "\n\n".join([f"# {title}", *parts]) + "\n")
    html = page.template("agreement.html.j2").render(
        title=title,
        about=" ".join(about),
        shows=shows,
        forest=figures.svg(shown.forest(found)),
        grids=grids,
        measures=MEASURES,
        limits=shown.LIMITS,
    )
    write(folder / "agreement.html", html)
    return Output(
        {**content, "folder": str(folder)},
        (
            *grids,
            "\n".join(f"- {line}" for line in (*about, *shows)),
            "\nWhat such figures can show\n" + "\n".join(f"- {line}" for line in shown.LIMITS),
            f"\nEvery reply with its measures, and the page: {folder}",
        ),
    )


def _line(reply: RatedReply, row: dict[str, float]) -> bytes:
    told = {"context": reply.dialogue, "system": reply.system, "reply": reply.text}
    # JSON has no nan.
    finite = {name: value if np.isfinite(value) else None for name, value in row.items()}
    return msgspec.json.encode({**told, "ratings": reply.scores, "measures": finite}) + b"\n"
