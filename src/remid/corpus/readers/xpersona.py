"""XPersona (Lin et al. 2021): persona chats in several languages, a JSON list."""

from pathlib import Path
from typing import Any

from remid.corpus.containers import Record
from remid.corpus.conversation import Conversation, Line, Unfit
from remid.corpus.options import Options
from remid.corpus.readers.known import rest

SILENCE = "__SILENCE__"
"""Stands for an absent turn."""
_LANGUAGES = {"En": "en", "Zh": "zh", "Jp": "ja", "Ko": "ko", "It": "it", "Fr": "fr", "Id": "id"}


def score(value: Any) -> float:
    """Say how surely a record is one of these."""
    if not isinstance(value, dict) or not isinstance(value.get("persona"), list):
        return 0.0
    turns = value.get("dialogue")
    paired = isinstance(turns, list) and all(isinstance(t, list) and len(t) == 2 for t in turns)
    return 1.0 if paired else 0.3


def conversation(record: Record, options: Options) -> Conversation:
    """Read ``{"persona": [...], "dialogue": [[user, character], ...]}``.

    The persona lines describe the second speaker, so they are the character (joined by newlines);
    the user has no persona. Other fields become tags.
    """
    del options
    value = record.value
    if score(value) < 1 or not all(isinstance(line, str) for line in value["persona"]):
        raise Unfit("no persona and pairs of turns")
    lines: list[Line] = []
    for pair in value["dialogue"]:
        if not all(isinstance(text, str) for text in pair):
            raise Unfit("a turn that is no text")
        lines += [Line("user", pair[0]), Line("character", pair[1])]
    return Conversation(
        where=record.where,
        lines=[line for line in lines if line.text != SILENCE],
        character="\n".join(value["persona"]),
        tags=rest(value, {"persona", "dialogue"}),
    )


def language_of(path: Path) -> str:
    """Return the language that a file's name tells (``Zh_...``), the only place that does."""
    return _LANGUAGES.get(path.name.split("_")[0], "")
