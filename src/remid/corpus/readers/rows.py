"""One message a record: rows that share a conversation's id, or a whole file as one chat."""

from collections.abc import Iterator
from typing import Any

from remid.corpus.containers import Record
from remid.corpus.conversation import Conversation, Unfit
from remid.corpus.options import Options
from remid.corpus.readers import known
from remid.corpus.readers.turns import fields_of, lines_of
from remid.corpus.sample import Sample
from remid.domain.errors import RemidError

MOST = 100_000
"""Most messages of one conversation: they are held until it ends."""
_GROUP = (
    "conversation_id", "conversation_hash", "dialogue_id", "dialog_id", "chat_id", "session_id",
    "thread_id", "message_tree_id", "conversation", "dialogue", "chat",
)  # fmt: skip


def score(value: Any) -> float:
    """Say how surely a record is one message."""
    if not isinstance(value, dict) or (names := fields_of(value)) is None or not names[0]:
        return 0.0
    role = value[names[0]]
    if isinstance(role, bool):
        return 0.6
    known_role = isinstance(role, str) and known.side_of(role) is not None
    return 0.8 if known_role else 0.5 if _group(value) else 0.2


def conversations(records: Iterator[Record], options: Options) -> Iterator[Conversation | Sample]:
    """Read messages one after the other; a new conversation begins where the id of it changes."""
    group: str | None = None
    held: list[Record] = []
    for record in records:
        if record.fault or not isinstance(record.value, dict):
            yield Sample(record.where, None, record.fault or "no object")
            continue
        # Messages of one conversation stand together; another id begins another.
        if held and _group(record.value) != group:
            yield _conversation(held, options)
            held = []
        group = _group(record.value)
        if len(held) == MOST:
            raise RemidError(
                f"{record.where}: over {MOST:,} messages of one conversation; say which field names "
                "the conversation by calling it conversation_id."
            )
        held.append(record)
    if held:
        yield _conversation(held, options)


def _conversation(held: list[Record], options: Options) -> Conversation | Sample:
    where = held[0].where if len(held) == 1 else f"{held[0].where} to {held[-1].where}"
    value = held[0].value
    try:
        lines = lines_of([record.value for record in held], options.mapping, _name(value))
    except Unfit as unfit:
        return Sample(where, None, unfit.reason, detail=unfit.detail)
    return Conversation(
        where=where,
        lines=lines,
        id=_group(value),
        persona=known.text_of(value, known.PERSONA),
        name=_name(value),
        character=known.text_of(value, ("system", "system_prompt", "character_description")),
        language=known.text_of(value, known.LANGUAGE),
    )


def _group(value: dict[str, Any]) -> str:
    found = value.get(known.first(value, _GROUP))
    return str(found) if isinstance(found, (str, int)) else ""


def _name(value: dict[str, Any]) -> str:
    return known.text_of(value, known.NAME)
