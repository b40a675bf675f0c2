"""Whether a dialogue fits a condition."""

import re
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase

from remid.domain.dialogue import Dialogue
from remid.domain.shift import Condition

SOURCE = "source"
"""The tag that names the file or the data set that a dialogue is from."""
TIMES = ("time", "timestamp", "date", "created_at", "create_time", "create_date", "send_date")
"""Tags under which the time of a dialogue is looked for."""
_DAY = re.compile(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})")
_MILLISECONDS = 10**11
"""From here up, seconds since 1970 would lie beyond the year 5000: it is milliseconds."""


def holds(condition: Condition, dialogue: Dialogue) -> bool:
    """Whether everything that a condition says is true of a dialogue.

    A tag or a time that the dialogue has not is true of nothing, except where the tag is asked to
    be absent.
    """
    if condition.language and not any(_speaks(dialogue, tag) for tag in condition.language):
        return False
    for tag, values in condition.tags:
        # A list without values asks for a dialogue without the tag.
        if (dialogue.tags.get(tag) not in values) if values else (tag in dialogue.tags):
            return False
    source = dialogue.tags.get(SOURCE, "")
    if condition.source and not any(fnmatchcase(source, each) for each in condition.source):
        return False
    for pattern, text in (
        (condition.persona, dialogue.persona),
        (condition.character, dialogue.character),
    ):
        if pattern and not re.search(pattern, text, re.IGNORECASE):
            return False
    if condition.turns is not None and dialogue.turns not in condition.turns:
        return False
    if condition.length is not None and length(dialogue) not in condition.length:
        return False
    day = day_of(dialogue) if condition.time is not None else None
    return condition.time is None or (day is not None and day in condition.time)


def length(dialogue: Dialogue) -> int:
    """Characters of the context, all turns together."""
    return sum(len(turn.text) for turn in dialogue.context)


def day_of(dialogue: Dialogue) -> date | None:
    """Return the day that one of the tags `TIMES` tells, in UTC; None if none does."""
    for tag in TIMES:
        text = dialogue.tags.get(tag, "")
        try:
            if found := _DAY.match(text):
                return date(*map(int, found.groups()))
            seconds = float(text)
            seconds /= 1000 if seconds >= _MILLISECONDS else 1
            return datetime.fromtimestamp(seconds, UTC).date()
        except (ValueError, OverflowError, OSError):
            continue  # another tag may be a time
    return None


def _speaks(dialogue: Dialogue, tag: str) -> bool:
    # Tags are case-insensitive (RFC 5646, 2.1.1).
    own, tag = dialogue.language.lower(), tag.lower()
    # BCP 47 goes from the language to its varieties: zh is zh-Hans and zh-TW too.
    return own == tag or own.startswith(f"{tag}-")
