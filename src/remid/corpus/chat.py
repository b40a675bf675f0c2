"""Chat messages as JSON Lines, with the roles of the OpenAI interface."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from remid.corpus.files import lines
from remid.corpus.sample import Sample, as_text, conversation_sample, malformed, turn
from remid.domain.dialogue import Turn

_SPEAKS: dict[str, Literal["user", "character"]] = {"user": "user", "assistant": "character"}


class _Part(msgspec.Struct, frozen=True):
    type: str
    text: str = ""


class _Message(msgspec.Struct, frozen=True):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[_Part] | None = None


class _Chat(msgspec.Struct, frozen=True):
    messages: list[_Message]
    metadata: str | dict[str, Any] | None = None
    id: str | int | None = None


def samples(path: Path) -> Iterator[Sample]:
    """Stream the conversations of a file, one a line; blank lines are passed over.

    System and developer messages make the character, ``metadata`` the persona: the text itself or
    its ``persona``; ``split``, ``language`` and ``trace`` there keep their meaning. All other fields
    become tags. A conversation with tool calls or pictures is refused.

    Raises
    ------
    RemidError
        Naming file, line and field: malformed JSON, wrong types, an unknown role.
    """
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    for number, line in lines(path):
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line.strip():
            continue
        where = f"line {number}"
        try:
            raw = decode(line)
            chat = msgspec.convert(raw, _Chat, strict=True)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise malformed(path, where, error) from error
        yield _sample(chat, raw, where, f"{path.stem}/{number}")


def _sample(chat: _Chat, raw: Mapping[str, Any], where: str, fallback: str) -> Sample:
    character: list[str] = []
    turns: list[Turn] = []
    for message in chat.messages:
        text = _text(message)
        if text is None:
            return Sample(where, None, f"a message of {message.role} that is not text")
        if message.role in _SPEAKS:
            turns.append(turn(_SPEAKS[message.role], text))
        else:
            character.append(text.strip())
    metadata = {"persona": chat.metadata} if isinstance(chat.metadata, str) else chat.metadata or {}
    own = {key: as_text(metadata.get(key) or "") for key in ("persona", "split", "trace")}
    tags = {k: as_text(v) for k, v in metadata.items() if k not in own and k != "language"}
    tags |= {k: as_text(v) for k, v in raw.items() if k not in _Chat.__struct_fields__}
    extra = [{k: v for k, v in m.items() if k not in ("role", "content")} for m in raw["messages"]]
    if any(extra):
        tags["message_fields"] = as_text(extra)
    return conversation_sample(
        turns,
        where=where,
        id=fallback if chat.id is None else str(chat.id),
        character="\n\n".join(character),
        language=as_text(metadata.get("language") or "en"),
        tags=tags,
        **own,
    )


def _text(message: _Message) -> str | None:
    """Return the text of a message; None if it holds anything else."""
    if message.role in ("tool", "function") or message.content is None:
        return None
    if isinstance(message.content, str):
        return message.content
    if any(part.type != "text" for part in message.content):
        return None
    return "\n".join(part.text for part in message.content)
