"""Chat logs of SillyTavern, TavernAI and Chub: a line of metadata, then a line a message."""

from collections.abc import Iterator
from typing import Any

from remid.corpus.containers import Record
from remid.corpus.conversation import Conversation, Line
from remid.corpus.options import Options
from remid.corpus.sample import Sample

_UNNAMED = ("", "unused", "undefined", "null", "none")
_NARRATORS = ("narrator", "comment")


def score(value: Any) -> float:
    """Say how surely a record is a line of such a log."""
    if not isinstance(value, dict):
        return 0.0
    if "mes" in value and "is_user" in value:
        return 1.0
    if "chat_metadata" in value or {"user_name", "character_name"} <= value.keys():
        return 1.0
    return 0.4 if "mes" in value else 0.0


def conversations(records: Iterator[Record], options: Options) -> Iterator[Conversation | Sample]:
    """Read logs; a line of metadata begins a new one.

    Hidden messages (`is_system`) are left out, a narrator's are notes. Of several replies that were
    drawn, the one on show counts. Where more than one name answers the user it is a group chat: any
    of them may be played, and the others keep their names.
    """
    del options
    head: dict[str, Any] = {}
    begun = ""
    held: list[dict[str, Any]] = []
    for record in records:
        value = record.value
        if record.fault or not isinstance(value, dict):
            yield Sample(record.where, None, record.fault or "no object")
        elif "mes" in value:
            begun = begun or record.where
            held.append(value)
        elif _is_head(value):
            if held:
                yield _conversation(begun, head, held)
            head, begun, held = value, record.where, []
        else:
            yield Sample(record.where, None, "neither metadata nor a message")
    if held:
        yield _conversation(begun, head, held)


def _is_head(value: dict[str, Any]) -> bool:
    return bool({"chat_metadata", "user_name", "character_name", "create_date"} & value.keys())


def _conversation(where: str, head: dict[str, Any], messages: list[dict[str, Any]]) -> Conversation:
    lines = [line for message in messages if (line := _line(message)) is not None]
    # In order of appearance, each once.
    names = list(dict.fromkeys(line.name for line in lines if line.side == "character"))
    group = len(names) > 1
    name = _named(head.get("character_name")) or (names[0] if len(names) == 1 else "")
    users = [line.name for line in lines if line.side == "user" and line.name]
    metadata = head.get("chat_metadata")
    note = metadata.get("note_prompt") if isinstance(metadata, dict) else None
    tags = {"title": str(head["create_date"])} if head.get("create_date") else {}
    return Conversation(
        where=where,
        lines=lines,
        name="" if group else name,
        user=_named(head.get("user_name")) or (users[0] if users else ""),
        tags=tags | ({"author_note": note} if isinstance(note, str) and note.strip() else {}),
        people=dict.fromkeys(names, "") if group else None,
    )


def _line(message: dict[str, Any]) -> Line | None:
    if message.get("is_system"):
        return None
    extra = message["extra"] if isinstance(message.get("extra"), dict) else {}
    text = _text(message)
    if extra.get("type") in _NARRATORS:
        return Line("note", text)
    side = "user" if message.get("is_user") else "character"
    return Line(side, text, str(message.get("name") or ""))  # type: ignore[arg-type]


def _text(message: dict[str, Any]) -> str:
    text = _plain(message.get("mes"))
    # Older versions leave `mes` empty while another swipe is drawn.
    swipes, chosen = message.get("swipes"), message.get("swipe_id")
    if not text.strip() and isinstance(swipes, list) and isinstance(chosen, int):
        text = _plain(swipes[chosen]) if 0 <= chosen < len(swipes) else ""
    return text


def _plain(value: Any) -> str:
    if isinstance(value, dict):  # Chub wraps the text
        value = value.get("message")
    return value if isinstance(value, str) else ""


def _named(value: Any) -> str:
    return value.strip() if isinstance(value, str) and value.lower() not in _UNNAMED else ""
