"""A file of replies that somebody's own model wrote, to dialogues of any split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.lm.chat import Chat
from remid.replies.reply_file import Reply, read_rows
from remid.replies.scorable import ScorableReply, scorable


@dataclass(frozen=True)
class UserFile:
    """What a file holds for the dialogues that are asked about."""

    rows: dict[str, Reply]
    """Dialogue id to the row of the file."""
    replies: dict[str, ScorableReply]
    """The same replies, tokenised."""
    failed: dict[str, str]
    """Dialogue id to the reason why it has no reply."""
    unused: tuple[str, ...]
    """Ids of the other dialogues of the test splits that the file replies to."""


def read_user_file(
    path: Path,
    wanted: Mapping[str, Sequence[Dialogue]],
    every: Mapping[str, Sequence[str]],
    *,
    scorer: Chat,
) -> UserFile:
    """Read a reply file against the splits.

    Parameters
    ----------
    wanted : test split to the dialogues that replies are wanted to.
    every : split to the ids of all its dialogues, the training split's included.

    Raises
    ------
    RemidError
        When it cannot be read, is empty, a line is malformed, or an id is there twice, is in no
        split, is the training split's, or another split's than the row says.
    """
    rows = {row.id: row for row in read_rows(path)}
    if not rows:
        raise RemidError(f"{path}: holds no reply; write one object with `id` and `reply` a line.")
    home = {key: split for split, keys in every.items() for key in keys}
    _refuse(
        path,
        [key for key in rows if key not in home],
        "are in no split",
        "take them out, or take the ids from the files in splits/",
    )
    for row in rows.values():
        if row.split and row.split != home[row.id]:
            raise RemidError(
                f"{path}: the row of dialogue {row.id!r} says {row.split}, and it belongs to "
                f"{home[row.id]}; correct the id or the split."
            )
    untested = [key for key in rows if home[key] not in wanted]
    _refuse(
        path,
        untested,
        f"belong to {', '.join(sorted({home[key] for key in untested}))}",
        f"take them out, for only {next(iter(wanted))} and the shifts are evaluated",
    )
    asked = [dialogue for members in wanted.values() for dialogue in members]
    found = scorable(asked, rows, scorer)
    if not found.replies:
        reason = next(iter(found.failed.values()))
        raise RemidError(
            f"{path}: has a reply to none of the {len(asked)} dialogues that are evaluated (the "
            f"first: {reason}); reply to the dialogues of reply.dialogues_per_split, or raise it."
        )
    known = {dialogue.id for dialogue in asked}
    unused = tuple(key for key in rows if key not in known)
    return UserFile(found.rows, found.replies, found.failed, unused)


def _refuse(path: Path, ids: Sequence[str], what: str, remedy: str) -> None:
    if ids:
        shown = ", ".join(map(repr, ids[:3])) + (", ..." if len(ids) > 3 else "")
        raise RemidError(f"{path}: {len(ids)} of its ids {what} ({shown}); {remedy}.")
