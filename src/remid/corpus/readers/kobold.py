"""Stories of KoboldAI and KoboldAI Lite: one text in pieces, with marks of who writes."""

import re
from typing import Any

from remid.corpus.containers import Record
from remid.corpus.conversation import Conversation, Line, Side, Unfit, described
from remid.corpus.options import Options
from remid.corpus.readers.known import rest

_INPUT, _OUTPUT = "{{[INPUT]}}", "{{[OUTPUT]}}"
_ENDS = ("{{[INPUT_END]}}", "{{[OUTPUT_END]}}", "{{[SYSTEM]}}", "{{[SYSTEM_END]}}")
_DEED = re.compile(r"^\s*>\s?(.*)$", re.MULTILINE)
STORY = "a story that nobody tells to anybody"


def score(value: Any) -> float:
    """Say how surely an object is such a story."""
    if not isinstance(value, dict) or not isinstance(value.get("actions"), list):
        return 0.0
    signs = {"gamestarted", "savedsettings", "authorsnote", "anotetemplate", "worldinfo", "memory"}
    return min(1.0, 0.5 + 0.2 * len(signs & value.keys()))


def conversation(record: Record, options: Options) -> Conversation:
    """Read a story of instruct, chat or adventure mode; its memory is the character.

    What the user wrote stands between marks (instruct), after the user's name (chat), or on a line
    that begins with ``>`` (adventure). A story without any of these is refused.
    """
    del options
    value = record.value
    settings = value["savedsettings"] if isinstance(value.get("savedsettings"), dict) else {}
    # The story in its order; marks, names or signs in it tell who wrote what.
    pieces = [value.get("prompt"), *value["actions"]]
    text = "".join(piece for piece in pieces if isinstance(piece, str))
    user = str(settings.get("chatname") or "User")
    names = [n for n in str(settings.get("chatopponent") or "").split("||$||") if n]
    marks = _marks(settings, text)
    if marks and marks[0] in text:
        lines = _by_marks(text, marks)
    elif any(f"\n{name}:" in f"\n{text}" for name in [user, *names]):
        lines = _by_names(text, user, names)
    elif _DEED.search(text):
        lines = _by_deeds(text)
    else:
        raise Unfit(STORY)
    spoken = list(dict.fromkeys(line.name for line in lines if line.side == "character"))
    group = len(names) > 1 and len(spoken) > 1
    return Conversation(
        where=record.where,
        lines=lines,
        character=described(value.get("memory")),
        name="" if group else (names[0] if names and names != ["KoboldGPT"] else ""),
        user=user if user != "User" else "",
        tags=rest({"author_note": value.get("authorsnote")}, set()),
        people=dict.fromkeys(spoken, "") if group else None,
    )


def _marks(settings: dict[str, Any], text: str) -> tuple[str, str] | None:
    if _INPUT in text:
        return _INPUT, _OUTPUT
    start, end = settings.get("instruct_starttag"), settings.get("instruct_endtag")
    if isinstance(start, str) and isinstance(end, str) and start.strip() and end.strip():
        return start.replace("\\n", "\n").strip(), end.replace("\\n", "\n").strip()
    return None


def _by_marks(text: str, marks: tuple[str, str]) -> list[Line]:
    for mark in _ENDS:
        text = text.replace(mark, "")
    lines = []
    side: Side = "character"
    # With a group in the pattern, split keeps the marks between the pieces.
    for piece in re.split(f"({re.escape(marks[0])}|{re.escape(marks[1])})", text):
        if piece == marks[0]:
            side = "user"
        elif piece == marks[1]:
            side = "character"
        elif piece.strip():
            lines.append(Line(side, piece.strip()))
    return lines


def _by_names(text: str, user: str, names: list[str]) -> list[Line]:
    known = "|".join(re.escape(name) for name in [user, *names])
    pieces = re.split(rf"(?:^|\n)\s*({known})\s*:", text)
    opening = [Line("note", pieces[0])] if pieces[0].strip() else []
    return opening + [
        Line("user" if name == user else "character", said, name)
        for name, said in zip(pieces[1::2], pieces[2::2], strict=True)
    ]


def _by_deeds(text: str) -> list[Line]:
    lines: list[Line] = []
    at = 0
    for deed in _DEED.finditer(text):
        lines.append(Line("character", text[at : deed.start()]))
        lines.append(Line("user", deed[1]))
        at = deed.end()
    return [line for line in [*lines, Line("character", text[at:])] if line.text.strip()]
