"""The dialogue that a rated reply answers, given inline in any of the usual shapes."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from remid.corpus.conversation import Conversation, Line, Side, Unfit, described
from remid.corpus.faults import faults
from remid.corpus.options import Options
from remid.corpus.readers import known, transcript
from remid.corpus.readers.turns import content_of, fields_of, is_turns, lines_of
from remid.corpus.sample import Sample
from remid.corpus.shape import Shaper
from remid.domain.dialogue import Dialogue
from remid.studies.agreement import names

UNDESCRIBED = "unknown"
"""The character of a dialogue that tells of none."""
_SEPARATORS = re.compile(r"\s*(?:__eou__|\|\|\||<eot>|\[SEP\]|\bEOT\b)\s*")
_SPEAKER = re.compile(r"\s*[^\s:：][^:：\n]{0,40}[:：]")


class Contexts:
    """Makes dialogues of the contexts of one file, each once."""

    def __init__(self, language: str, notes: Counter[str]) -> None:
        options = Options(language=language, character=UNDESCRIBED)
        self._notes = notes
        self._shaper = Shaper(options, notes)

    def dialogue(self, row: Mapping[str, Any], field: str, reply: str, where: str) -> Dialogue:
        """Read the context of a row with plain names into a dialogue; its id is still to be given.

        The reply serves as the reference while the dialogue is cut and checked.

        Raises
        ------
        Unfit
            Saying what is wrong with it.
        """
        name = known.text_of(dict(row), known.NAME)
        lines = context_lines(row, field, name)
        spoken = [line for line in lines if line.side != "note"]
        if spoken and spoken[-1].side == "character" and spoken[-1].text.strip() == reply.strip():
            lines.remove(spoken.pop())  # some files repeat the reply as the context's last turn
        if not spoken:
            raise Unfit("its context holds nothing that anybody says")
        if spoken[-1].side != "user":
            raise Unfit("its context does not end with a turn of the user")
        told = Conversation(
            where=where,
            lines=[*lines, Line("character", "-")],
            persona=known.text_of(dict(row), known.PERSONA),
            character=_character(row, name),
            name=name,
            scene=known.text_of(dict(row), known.SCENE),
            language=known.text_of(dict(row), known.LANGUAGE),
        )
        sample: Sample = next(self._shaper.samples(told, "-", group="-"))
        if sample.dialogue is None:
            raise Unfit(sample.detail or sample.refusal)
        if found := faults(sample.dialogue):
            raise Unfit(found[0].reason)
        return sample.dialogue


def context_lines(row: Mapping[str, Any], field: str, name: str = "") -> list[Line]:
    """Read what was said before the reply: messages, texts in turn, or one text.

    Where nobody is named the user says the last line, and the two take turns before it. Where the
    names are not known, whoever says the last line is the user. A last turn of the user in a field
    of its own is added.
    """
    value = row.get(field) if field else None
    lines = _lines(value, name, one=field in names.ASKED)
    asked = "" if field in names.ASKED else names.first(row, names.ASKED)
    last = row[asked].strip() if asked and isinstance(row[asked], str) else ""
    if not last or (lines and lines[-1].text.strip() == last):
        return lines
    if lines and lines[-1].side == "user" and not is_turns(value):
        if any(line.name for line in lines):
            return lines
        # Nobody was named, and the last turn was not the user's after all.
        other: dict[Side, Side] = {"user": "character", "character": "user"}
        lines = [Line(other[line.side], line.text) for line in lines]
    return lines if lines and lines[-1].side == "user" else [*lines, Line("user", last)]


def _lines(value: Any, name: str, *, one: bool) -> list[Line]:
    if value in (None, "", [], {}):
        return []
    if isinstance(value, str):
        return _of_text(value, name, one=one)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        spoken = "\n".join(value)
        if len(value) > 1 and all(_SPEAKER.match(item) for item in value):
            return _sided([(line.name, line.text) for line in transcript.lines_of(spoken)], name)
        return _in_turn(value)
    if isinstance(value, list) and all(isinstance(item, list) for item in value):
        flat = [text for item in value for text in item if isinstance(text, str)]
        return _in_turn(flat)
    if not is_turns(value):
        raise Unfit("its context is no text and no list of messages")
    try:
        lines = lines_of(value, None, name)
        begun = next((k for k, line in enumerate(lines) if line.side != "note"), len(lines))
        if not any(line.side == "note" for line in lines[begun:]):
            return lines
    except Unfit:
        lines = []
    named = [
        (str(message[fields[0]]), content_of(message.get(fields[1])))
        for message in value
        if isinstance(message, dict) and (fields := fields_of(message)) and fields[0]
    ]
    return _sided(named, name) if len(named) > 1 else lines


def _of_text(value: str, name: str, *, one: bool) -> list[Line]:
    parts = [part for part in _SEPARATORS.split(value) if part.strip()]
    if len(parts) > 1:
        return _lines(parts, name, one=True)
    lines = [line for line in value.splitlines() if line.strip()]
    spoken = [line for line in lines if _SPEAKER.match(line)]
    if lines and _SPEAKER.match(lines[0]) and (len(spoken) > 1 or len(lines) == 1):
        found = [(line.name, line.text) for line in transcript.lines_of(value)]
        if 1 < len({who for who, _ in found}) <= 1 + len(found) // 2 or len(found) == 1:
            return _sided(found, name)
    return [Line("user", value)] if one else _in_turn(lines)


def _in_turn(texts: Sequence[str]) -> list[Line]:
    """Let user and character take turns, so that the user says the last line."""
    last = len(texts) - 1
    return [
        Line("user" if (last - k) % 2 == 0 else "character", text) for k, text in enumerate(texts)
    ]


def _sided(spoken: Sequence[tuple[str, str]], name: str) -> list[Line]:
    """Tell sides by known names, else by who speaks last, who is the user."""
    speakers = [*dict.fromkeys(who for who, _ in spoken)]
    sides = {who: known.side_of(who) for who in speakers}
    if "user" in sides.values() and "character" not in sides.values():
        # `System` answers a user in many data sets.
        rest = [who for who in speakers if sides[who] != "user"]
        sides |= {who: "character" for who in rest if who != name or len(rest) == 1}
    if name in sides:
        sides[name] = "character"
    if any(side is None for side in sides.values()) or "user" not in sides.values():
        last = spoken[-1][0]
        sides = {who: ("user" if who == last else "character") for who in speakers}
        if name in sides and name != last:
            sides = {who: ("character" if who == name else "user") for who in speakers}
    return [Line(sides[who] or "user", text, who) for who, text in spoken]


def _character(row: Mapping[str, Any], name: str) -> str:
    fields = [field for field in (*known.CHARACTER, *names.CHARACTER) if row.get(field)]
    texts = (described(row[field]) for field in fields)
    return "\n".join(dict.fromkeys(text for text in texts if text)) or name
