"""Chat messages as JSON Lines, with the roles of OpenAI's interface."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from remid.corpus.files import lines
from remid.corpus.sample import Sample, as_text, conversation_sample, malformed, turn
from remid.domain.dialogue import Role, Turn
from remid.domain.errors import RemidError

_ROLES: dict[str, Role] = {"user": "user", "assistant": "character"}
_SYSTEM = ("system", "developer")


class _Message(msgspec.Struct, frozen=True):
    role: str
    content: str | list[dict[str, Any]] | None = None
    tool_calls: Any = None


class _Metadata(msgspec.Struct, frozen=True):
    persona: str = ""
    id: str = ""
    split: str = ""
    language: str = "en"
    trace: str = ""


class _Line(msgspec.Struct, frozen=True):
    messages: list[_Message]
    metadata: _Metadata = _Metadata()
    id: str = ""


_METADATA = frozenset(_Metadata.__struct_fields__)
_LINE = frozenset(_Line.__struct_fields__)


def samples(path: Path) -> Iterator[Sample]:
    """Stream conversations: ``{"messages": [{"role", "content"}, ...], "metadata": {...}}``.

    System messages become the character, `metadata.persona` the persona, the assistant's last
    reply to a user the reference and everything before it the context. `metadata` may also hold
    id, split, language and trace; the id is else the file's stem and the line. All other fields
    of the line and the metadata are kept as tags, and turns after the reference in the tag
    ``after``. Tool messages and contents other than text are refused.
    """
    decode = msgspec.json.Decoder(_Line).decode
    plain = msgspec.json.Decoder().decode
    for number, line in lines(path):
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line.strip():
            continue
        where = f"line {number}"
        try:
            yield _sample(decode(line), plain(line), path, where)
        except _Unfit as unfit:
            yield Sample(where, None, str(unfit))
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise malformed(path, where, error) from error


class _Unfit(Exception):
    """The conversation holds something that a Dialogue cannot."""


def _sample(line: _Line, raw: dict[str, Any], path: Path, where: str) -> Sample:
    character: list[str] = []
    turns: list[Turn] = []
    for k, message in enumerate(line.messages):
        if message.tool_calls or message.role in ("tool", "function"):
            raise _Unfit("uses tools")
        text = _text(message, path, f"{where}, field messages[{k}]")
        if message.role in _SYSTEM:
            character.append(text.strip())
        elif message.role in _ROLES:
            turns.append(turn(_ROLES[message.role], text))
        else:
            raise RemidError(
                f"{path}, {where}, field messages[{k}].role: {message.role!r} is none of system, "
                "developer, user, assistant; rename the role."
            )
    metadata = raw.get("metadata", {})
    return conversation_sample(
        turns,
        where=where,
        id=line.id or line.metadata.id or f"{path.stem}:{where.removeprefix('line ')}",
        persona=line.metadata.persona,
        character="\n\n".join(character),
        split=line.metadata.split,
        language=line.metadata.language,
        trace=line.metadata.trace,
        tags=_tags(raw, _LINE) | _tags(metadata, _METADATA) | _message_tags(raw["messages"]),
    )


def _text(message: _Message, path: Path, where: str) -> str:
    if isinstance(message.content, str):
        return message.content
    parts = []
    for part in message.content or ():
        if part.get("type") != "text":
            raise _Unfit("holds contents other than text")
        if not isinstance(text := part.get("text"), str):
            raise RemidError(f"{path}, {where}.content: a text part without `text`; add it.")
        parts.append(text)
    return "\n".join(parts)


def _tags(value: dict[str, Any], used: frozenset[str]) -> dict[str, str]:
    return {key: as_text(item) for key, item in value.items() if key not in used}


def _message_tags(messages: list[dict[str, Any]]) -> dict[str, str]:
    return {
        f"messages[{k}].{key}": as_text(item)
        for k, message in enumerate(messages)
        for key, item in message.items()
        if key not in ("role", "content") and item is not None
    }
