"""The rows of a file of ratings or replies: one reply to one context each, however it is nested."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from remid.corpus import containers
from remid.corpus.containers import Record
from remid.domain.errors import RemidError
from remid.studies.agreement import names


@dataclass(frozen=True)
class Row:
    """What a file says of one reply, under plain names."""

    where: str
    value: Mapping[str, Any]
    fault: str = ""
    """Why there is nothing at this place; empty where there is."""


def rows(path: Path, encoding: str | None) -> Iterator[Row]:
    """Stream the rows of a file in any container.

    An object around lists of rows, a map of ids, a context with the replies of several systems, and
    a conversation whose turns are rated each are taken apart; what stands around a row is the
    row's, too.
    """
    # What stands around several replies is said of each of them.
    for record in _records(path, encoding):
        if record.fault:
            yield Row(record.where, {}, record.fault)
        elif not isinstance(record.value, dict):
            yield Row(record.where, {}, "no object with a reply and its ratings")
        else:
            for value in _apart(names.with_plain_names(record.value)):
                yield Row(record.where, value)


def _records(path: Path, encoding: str | None) -> Iterator[Record]:
    if containers.kind_of(path, encoding=encoding) not in ("lines", "objects"):
        yield from containers.records(path, encoding=encoding)
        return
    try:
        # Two records tell one object around everything from a file of objects.
        few = [*islice(containers.records(path, encoding=encoding), 2)]
    except RemidError:  # one object that is too long to be read whole
        few = []
    alone = len(few) == 1 and isinstance(few[0].value, dict)
    if few and not (alone and _is_around(few[0].value)):
        yield from containers.records(path, encoding=encoding)
        return
    for record in containers.entries(path, encoding=encoding):
        yield from _of_entry(record)


def _is_around(value: dict[str, Any]) -> bool:
    """Whether the one object of a file is none of its rows, but stands around them."""
    row = names.with_plain_names(value)
    if names.first(row, names.REPLY) and names.first(row, (*names.CONTEXT, *names.RATING)):
        return False
    # An object around rows has mostly objects or lists inside; a row has mostly texts and numbers.
    inner = [item for item in value.values() if isinstance(item, dict | list)]
    return len(inner) * 2 >= len(value) and all(
        isinstance(item, dict) or all(isinstance(each, dict) for each in item) for item in inner
    )


def _of_entry(record: Record) -> Iterator[Record]:
    """Take rows out of a member of the object that a file is; its key is an id or a system."""
    if isinstance(record.value, list):
        for k, item in enumerate(record.value):
            if isinstance(item, dict):
                value = {"__part__": record.part} | item
                yield Record(f"{record.where}[{k}]", value, part=record.part)
    elif isinstance(record.value, dict):
        yield Record(record.where, {"id": record.part} | record.value, part=record.part)
    elif isinstance(record.value, str):
        yield Record(record.where, {"id": record.part, "reply": record.value}, part=record.part)


def _apart(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Make one row of each reply that a row holds."""
    if field := next((name for name in names.CONTEXT if _is_rated_turns(row.get(name))), ""):
        yield from _of_turns(row, field)
        return
    field = next((name for name in names.REPLIES if _is_several(name, row)), "")
    if not field:
        yield row
        return
    around = {key: value for key, value in row.items() if key != field}
    value = row[field]
    if isinstance(value, dict):
        items = [{"system": who, **_as_row(item)} for who, item in value.items()]
        labels: list[Any] = [*value]
    elif any(isinstance(item, dict) for item in value):
        items = [_as_row(item) for item in value]
        labels = [*range(len(value))]
    else:
        items = [{"reply": item} for item in value]
        labels = [*range(len(value))]
    for label, item in zip(labels, items, strict=True):
        beside = {key: _part(other, label, len(items)) for key, other in around.items()}
        yield from _apart(beside | item)


def _as_row(item: Any) -> dict[str, Any]:
    return names.with_plain_names(item) if isinstance(item, dict) else {"reply": item}


def _is_several(field: str, row: Mapping[str, Any]) -> bool:
    """Whether a field holds several replies, and not one in several parts or messages."""
    value = row.get(field)
    if isinstance(value, dict):
        # One reply in an envelope, not several by system.
        if {"content", "text", "choices", "message", "body"} & {*value}:
            return False
        return bool(value) and all(isinstance(item, str | dict) for item in value.values())
    if not isinstance(value, list) or not value:
        return False
    if all(isinstance(item, dict) for item in value):
        return not any({"role", "from", "type"} & {*item} for item in value)
    beside = [
        other for key, other in row.items() if key in (*names.RATING, *names.SYSTEM, "systems")
    ]
    return all(isinstance(item, str) for item in value) and any(
        isinstance(other, list) and len(other) == len(value) for other in beside
    )


def _part(value: Any, label: Any, count: int) -> Any:
    """What is said beside several replies of one of them: its own of a map or list, else all."""
    if isinstance(value, dict) and isinstance(label, str) and label in value:
        return value[label]
    if isinstance(label, int) and isinstance(value, list) and len(value) == count > 1:
        if not any(isinstance(item, dict) and {"role", "from", "text"} & {*item} for item in value):
            return value[label]
    return value


def _is_rated_turns(value: Any) -> bool:
    return isinstance(value, list) and any(
        isinstance(turn, dict) and names.first(names.with_plain_names(turn), names.OF_TURN)
        for turn in value
    )


def _of_turns(row: dict[str, Any], field: str) -> Iterator[dict[str, Any]]:
    """Make a row of each turn that is rated: the turns before it are its context."""
    around = {key: value for key, value in row.items() if key != field}
    # The context grows by each turn; ratings stay behind, so that none becomes part of it.
    before: list[dict[str, Any]] = []
    for turn in row[field]:
        own = names.with_plain_names(turn) if isinstance(turn, dict) else {}
        if names.first(own, names.OF_TURN) and before:
            said = names.first(own, ("text", "content", "value", "utterance", "message", "reply"))
            rated = {key: own[key] for key in own if key in (*names.RATING, *names.RATER)}
            yield around | {field: [*before], "reply": own.get(said)} | rated
        if isinstance(turn, dict):
            before.append({k: v for k, v in turn.items() if names.plain(k) not in names.RATING})
