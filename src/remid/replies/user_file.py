"""A file of replies that somebody's own models wrote, to dialogues of any split."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.lm.chat import Chat
from remid.replies.file_rows import FileRow, Options, file_rows
from remid.replies.reply_file import Reply
from remid.replies.scorable import ScorableReply, scorable

SAME = "the same row twice"
_SHOWN = 3

logger = logging.getLogger(__name__)


@dataclass
class Oddities:
    """Rows that gave no reply, with their places, and what was noticed about others."""

    read: int = 0
    """Rows and, of one row, replies of several models."""
    reasons: dict[str, list[str]] = field(default_factory=dict)
    """Why a row gave none, to the places of all such rows."""
    notes: Counter[str] = field(default_factory=Counter)

    def add(self, reason: str, where: str) -> None:
        """Note a row that gives no reply."""
        self.reasons.setdefault(reason, []).append(where)

    @property
    def told(self) -> list[str]:
        """One line per reason: how many, why, and where the first are."""
        return [
            f"{len(places)} {'row' if len(places) == 1 else 'rows'}: {reason} ({_some(places)})"
            for reason, places in self.reasons.items()
        ]

    def counts(self) -> dict[str, int]:
        """Reasons and notes with their numbers, for ``meta.json``."""
        return {reason: len(places) for reason, places in self.reasons.items()} | dict(self.notes)


@dataclass(frozen=True)
class UserFile:
    """What a file holds of one model for the dialogues that are asked about."""

    rows: dict[str, Reply]
    """Dialogue id to the row of the file."""
    replies: dict[str, ScorableReply]
    """The same replies, tokenised."""
    failed: dict[str, str]
    """Dialogue id to the reason why it has no reply."""
    unused: tuple[str, ...]
    """Ids of the other dialogues of the test splits that the file replies to."""
    odd: Oddities
    """Of the whole file."""


class Known:
    """The dialogues that a row may mean."""

    def __init__(self, every: Mapping[str, Sequence[str]]) -> None:
        self.home = {key: split for split, keys in every.items() for key in keys}
        # Many harnesses keep only what follows the last slash of an id.
        ends: dict[str, list[str]] = {}
        for key in self.home:
            ends.setdefault(key.rpartition("/")[2], []).append(key)
        self._ends = {end: keys[0] for end, keys in ends.items() if len(keys) == 1}

    def find(self, ids: Iterable[str]) -> str:
        """Return the first that is a dialogue's, else the first that ends a dialogue's alone."""
        ids = [*ids]
        exact = next((key for key in ids if key in self.home), "")
        return exact or next((self._ends[key] for key in ids if key in self._ends), "")


def read_user_file(
    path: Path,
    wanted: Mapping[str, Sequence[Dialogue]],
    every: Mapping[str, Sequence[str]],
    *,
    scorer: Chat,
    options: Options | None = None,
) -> dict[str, UserFile]:
    """Read a reply file against the splits; by model, as the file names them.

    An odd row (no text, a failed request, an id of no split) is left out and counted. A file that
    names no model, or one, gives one entry.

    Parameters
    ----------
    wanted : test split to the dialogues that replies are wanted to.
    every : split to the ids of all its dialogues, the training split's included.

    Raises
    ------
    RemidError
        When it cannot be read, is empty, more than half of its rows are odd (with `strict`: one
        is), or no model replies to a dialogue that is wanted.
    """
    options = replace(options or Options(), splits=frozenset(every))
    odd = Oddities()
    # 1. Rows to dialogues, by model; 2. tokens; 3. what cannot be scored, with its reason.
    models = _matched(path, Known(every), tuple(wanted), odd, options)
    asked = [dialogue for members in wanted.values() for dialogue in members]
    known = {dialogue.id for dialogue in asked}
    files = {}
    for model, rows in models.items():
        found = scorable(asked, rows, scorer)
        if not found.replies:
            odd.add("a model without a reply to any dialogue that is evaluated", model or str(path))
            continue
        unused = tuple(key for key in rows if key not in known)
        files[model] = UserFile(found.rows, found.replies, found.failed, unused, odd)
    if not files:
        reason = next(iter(found.failed.values()))
        raise RemidError(
            f"{path}: has a reply to none of the {len(asked)} dialogues that are evaluated (the "
            f"first: {reason}); reply to the dialogues of reply.dialogues_per_split, or raise it."
        )
    tell(path, odd)
    return files


def _matched(
    path: Path, known: Known, tested: tuple[str, ...], odd: Oddities, options: Options
) -> dict[str, dict[str, Reply]]:
    """Read every row, find the dialogue it means, and set apart what means none."""
    models: dict[str, dict[str, Reply]] = {}
    untested = 0
    for row in file_rows(path, options):
        odd.read += 1
        key = known.find(row.ids) if not row.fault else ""
        reason = row.fault or _odd(row, key, known, tested)
        rows = models.setdefault(row.model, {}) if not reason else {}
        if row.reply is not None and key in rows and not reason:
            # The same reply twice is no contradiction.
            if rows[key].reply == row.reply.reply:
                odd.notes[SAME] += 1
                continue
            reason = "another reply to a dialogue that has one; the first is read"
        if reason:
            if options.strict:
                raise RemidError(
                    f"{path}, {row.where}: {reason}{_shown_id(row)}; take it out, or leave "
                    "--strict away, which leaves such rows out and counts them."
                )
            # A dialogue of a training split: no fault of the file.
            untested += key != "" and known.home[key] not in tested
            odd.add(reason, row.where + _shown_id(row))
            continue
        assert row.reply is not None
        odd.notes.update(row.notes)
        rows[key] = replace(row.reply, id=key)
    if not odd.read:
        raise RemidError(f"{path}: holds no reply; write one object with `id` and `reply` a line.")
    bad = sum(map(len, odd.reasons.values()))
    # Whoever replied to the training split, too, made no mistake in most rows.
    if not models or 2 * (bad - untested) > odd.read:
        raise RemidError(
            f"{path}: {bad} of {odd.read} rows give no reply; {'; '.join(odd.told)}; mend or name "
            "the fields with --id-field and --reply-field, and take the ids from splits/."
        )
    return models


def _odd(row: FileRow, key: str, known: Known, tested: tuple[str, ...]) -> str:
    assert row.reply is not None
    if not key:
        return "its id is in no split"
    home = known.home[key]
    if row.reply.split and row.reply.split != home:
        return f"says {row.reply.split}, and its id belongs to {home}"
    return "" if home in tested else f"its id belongs to {home}, which is not evaluated"


def tell(path: Path, odd: Oddities) -> None:
    """Log what was left out of a file, and what was noticed."""
    for line in odd.told:
        logger.warning("%s: left out %s", path, line)
    for note, count in odd.notes.items():
        logger.warning("%s: %d times %s", path, count, note)


def _some(places: Sequence[str]) -> str:
    return ", ".join(places[:_SHOWN]) + (", ..." if len(places) > _SHOWN else "")


def _shown_id(row: FileRow) -> str:
    return f" id {row.ids[0]!r}" if row.ids else ""
