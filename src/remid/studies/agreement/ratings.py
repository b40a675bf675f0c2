"""A file of human ratings: contexts, replies of several systems, and what raters gave them."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from remid.corpus.conversation import Unfit
from remid.corpus.normal import regular
from remid.domain.dialogue import CONVERSATION, Dialogue
from remid.domain.errors import RemidError
from remid.replies.answer_text import NoText, answer_text
from remid.replies.thinking import spoken
from remid.replies.user_file import Known, Oddities, tell
from remid.studies.agreement import names
from remid.studies.agreement.contexts import Contexts
from remid.studies.agreement.row_fields import (
    OF_DIALOGUE,
    Fields,
    Others,
    ids_of,
    reference_of,
    renamed,
    reply_field,
    system_of,
)
from remid.studies.agreement.rows import Row, rows
from remid.studies.agreement.values import Rating, ratings

ONE = "all"
"""The system of a file that names none."""
TWICE = "a rater's second rating of one reply, the first read"
THOUGHTS = "thoughts cut from replies"
LABELLED = "a speaker's label before a reply, cut off"
_LABEL = re.compile(r"(?:system|bot|chatbot|assistant|agent|model|ai)\s*:\s+(?=\S)", re.IGNORECASE)
Scores = dict[str, dict[str, float]]
"""What was rated to rater to number."""
Lookup = Callable[[str, str], str]
"""(system, dialogue id) to a reply; empty where there is none."""


@dataclass(frozen=True)
class RatedReply:
    """One reply with everybody's ratings."""

    dialogue: str
    """Id of the dialogue that it answers."""
    system: str
    text: str
    scores: Scores

    def mean(self, name: str) -> float:
        """Mean over the raters; nan where nobody rated it."""
        given = self.scores.get(name, {})
        return sum(given.values()) / len(given) if given else float("nan")


@dataclass(frozen=True)
class RatedFile:
    """Everything that a file of ratings says."""

    dialogues: dict[str, Dialogue]
    """By id; the reference is empty where a context has none."""
    replies: list[RatedReply]
    odd: Oddities

    @property
    def names(self) -> list[str]:
        """What was rated."""
        return [*dict.fromkeys(name for reply in self.replies for name in reply.scores)]


def read_ratings(
    path: Path,
    fields: Fields,
    *,
    project: Mapping[str, Dialogue],
    replies: Path | None = None,
    drawn: Lookup = lambda *_: "",
) -> RatedFile:
    """Read a file of ratings, its replies perhaps from another file.

    Parameters
    ----------
    project : the project's own dialogues by id, which a row may name.
    replies : a file whose rows go with those of one id (and system): what a row lacks is taken
        from there.
    drawn : the project's replies of a model, where neither file has one.

    Raises
    ------
    RemidError
        When a file cannot be read, or more than half of its rows are odd (with `strict`: one is).
    """
    reader = _Reader(fields, project, Others(replies, fields), drawn)
    for row in rows(path, fields.encoding):
        reader.odd.read += 1
        try:
            if row.fault:
                raise Unfit(row.fault)
            reader.take(row)
        except Unfit as odd:
            if fields.strict:
                raise RemidError(
                    f"{path}, {row.where}: {odd.reason}; take it out, or leave --strict away, which "
                    "leaves such rows out and counts them."
                ) from None
            reader.odd.add(odd.reason, row.where)
    # More odd rows than even ones: the wrong fields are read.
    bad = sum(map(len, reader.odd.reasons.values()))
    if not reader.odd.read:
        raise RemidError(f"{path}: holds no row; write one rated reply a line.")
    if 2 * bad > reader.odd.read:
        raise RemidError(
            f"{path}: {bad} of {reader.odd.read} rows give no rated reply; "
            f"{'; '.join(reader.odd.told)}; name the fields with --context-field, --reply-field, "
            "--system-field, --rater-field and --rating-field."
        )
    for note in [note for note, count in reader.odd.notes.items() if not count]:
        del reader.odd.notes[note]
    tell(path, reader.odd)
    return reader.file()


class _Reader:
    def __init__(
        self, fields: Fields, project: Mapping[str, Dialogue], others: Others, drawn: Lookup
    ) -> None:
        self.odd = Oddities()
        self._fields, self._project, self._others, self._drawn = fields, project, others, drawn
        self._known = Known({"": [*project]})
        self._contexts = Contexts(fields.language, self.odd.notes)
        self._inline: dict[str, Dialogue] = {}
        self._raw_ids: dict[str, list[str]] = defaultdict(list)
        self._dialogues: dict[str, Dialogue] = {}
        self._replies: dict[tuple[str, str, str], Scores] = {}

    def take(self, row: Row) -> None:
        """Take a row; Unfit says what it lacks."""
        fields = self._fields
        system = system_of(row.value, fields)
        beside = self._others.of(row.value, system)
        # Where a context is an id of the other file, that one tells what was said.
        ids = ids_of(beside)
        # The row wins over the other file, but for an id that stands where a context would.
        own = {k: v for k, v in row.value.items() if k not in names.CONTEXT or v not in ids}
        value = {**beside, **own}
        system = system or system_of(beside, fields)
        value = renamed(value, fields, system)
        context = fields.context or names.first(value, (*names.CONTEXT, *names.ASKED))
        held = reply_field(value, fields, context)
        key = self._of_project(value, context, bool(held))
        text = self._text(value, held) if held else self._drawn(system, key)
        if not text:
            raise Unfit("no reply; name its field with --reply-field, or the file with --replies")
        if not key:
            key = self._of_row(value, context, text, row.where)
        rater = fields.rater or names.first(value, names.RATER)
        used = frozenset((context, held, rater, "id", "__part__", *names.SYSTEM, *names.REFERENCE))
        given = ratings(value, [*fields.rating], used)
        if not given:
            raise Unfit("no rating that is a number; name its field with --rating-field")
        who = " ".join(str(value.get(rater, "")).split()) if rater else ""
        self._add((key, system or str(value.get("__part__") or ONE), text), given, who)

    def file(self) -> RatedFile:
        """Everything that was taken."""
        # Turns of one conversation err together: they get one conversation, and so one cluster.
        shared = {key: raw for raw, own in self._raw_ids.items() if len(own) > 1 for key in own}
        dialogues = {
            key: replace(d, tags=d.tags | {CONVERSATION: shared[key]}) if key in shared else d
            for key, d in self._dialogues.items()
        }
        replies = [RatedReply(*place, scores) for place, scores in self._replies.items()]
        return RatedFile(_with_references(dialogues, replies), replies, self.odd)

    def _of_project(self, value: Mapping[str, Any], context: str, has_reply: bool) -> str:
        """Id of the project's dialogue that a row names; empty where it brings its own."""
        held = value.get(context)
        named = [held] if isinstance(held, str) else []
        if not context or (named and not has_reply):
            named += ids_of(value)
        key = self._known.find(named)
        if key:
            self._dialogues.setdefault(key, self._project[key])
        elif not context:
            raise Unfit(
                "neither a context nor the id of a dialogue of this project; name its field with "
                "--context-field"
            )
        return key

    def _of_row(self, value: Mapping[str, Any], context: str, reply: str, where: str) -> str:
        told = {k: v for k, v in value.items() if k in OF_DIALOGUE or k == context}
        content = json.dumps(told, sort_keys=True, ensure_ascii=False, default=str)
        if content not in self._inline:
            made = self._contexts.dialogue(value, context, reply, where)
            same = json.dumps(
                [made.persona, made.character, *([t.role, t.text] for t in made.context)]
            )
            if same not in self._inline:
                raw = next(iter(ids_of(value)), f"context-{len(self._dialogues) + 1}")
                key = raw if raw not in self._dialogues else f"{raw}/{len(self._raw_ids[raw]) + 1}"
                self._raw_ids[raw].append(key)
                self._inline[same] = replace(made, id=key, reference="")
                self._dialogues[key] = self._inline[same]
            self._inline[content] = self._inline[same]
        key = self._inline[content].id
        reference = reference_of(value)
        if reference and not self._dialogues[key].reference:
            self._dialogues[key] = replace(self._dialogues[key], reference=reference)
        return key

    def _text(self, value: Mapping[str, Any], field: str) -> str:
        try:
            said = spoken(answer_text(value[field], field).text)
        except NoText as error:
            raise Unfit(str(error)) from None
        if not said.reply:
            raise Unfit("an empty reply")
        self.odd.notes.update([THOUGHTS] if said.thought else [])
        text = regular(said.reply, self.odd.notes)
        if label := _LABEL.match(text):
            self.odd.notes[LABELLED] += 1
            text = text[label.end() :]
        return text

    def _add(self, place: tuple[str, str, str], given: Iterable[Rating], who: str) -> None:
        scores = self._replies.setdefault(place, {})
        for rating in given:
            raters = scores.setdefault(rating.name, {})
            rater = "-".join(filter(None, (who, rating.rater if not who else "")))
            if not rater:
                rater = str(len(raters) + 1)  # a row each, by nobody that is named
            elif rater in raters:
                self.odd.notes[TWICE] += 1
                continue
            raters[rater] = rating.value


def _with_references(
    dialogues: dict[str, Dialogue], replies: Iterable[RatedReply]
) -> dict[str, Dialogue]:
    """Take the replies of people as references, where a context has none of its own."""
    human: dict[str, str] = {}
    for reply in replies:
        if names.plain(reply.system) in names.HUMAN:
            human.setdefault(reply.dialogue, reply.text)
    return {
        key: d if d.reference else replace(d, reference=human.get(key, ""))
        for key, d in dialogues.items()
    }


def told_notes(odd: Oddities) -> list[str]:
    """What was left out and what was mended, a line each."""
    notes: Counter[str] = odd.notes
    return [*(f"left out {line}" for line in odd.told),
            *(f"{count} times {note}" for note, count in notes.items() if count)]  # fmt: skip
