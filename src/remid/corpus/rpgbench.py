"""The paper's benchmark file, ``PDGBench.json``: an object of splits, each a list of samples."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from remid.corpus.jsonstream import Record, records
from remid.corpus.sample import Sample, as_text, converted, turn
from remid.domain.dialogue import Dialogue, Role, Turn
from remid.domain.errors import RemidError
from remid.domain.shift import ID_TEST, ID_TRAIN, SHIFTS

SPLITS = {"IDTrain": ID_TRAIN, "IDTest": ID_TEST}
"""Splits that are named by their key; the others hold shifts, named by ``subset_tag``."""
_SHIFTS = {shift.paper_tag: shift for shift in SHIFTS}
_ROLES: dict[str, Role] = {"user_query": "user", "agent_response": "character"}
Profile = str | dict[str, Any] | list[Any]


class _Item(msgspec.Struct, frozen=True):
    sample_ID: str | int  # noqa: N815  the file's own name
    user_persona: Profile
    agent_character: Profile
    dialogue_context: list[dict[str, str]]
    agent_golden_response: str
    subset_tag: str = ""


_FIELDS = frozenset(_Item.__struct_fields__)


def samples(path: Path) -> Iterator[Sample]:
    """Stream the samples of all splits.

    The id is ``KEY/sample_ID``; fields without a place of their own become tags.

    Raises
    ------
    RemidError
        Naming file, line and field: malformed JSON, wrong types, an unknown split, tag or turn.
    """
    for record in records(path, keyed=True):
        item: _Item = converted(record.value, _Item, path=path, where=record.where)
        split, language = _split(path, record, item.subset_tag)
        tags = {key: as_text(v) for key, v in record.value.items() if key not in _FIELDS}
        if record.key in SPLITS and item.subset_tag:
            tags["subset_tag"] = item.subset_tag
        yield Sample(
            record.where,
            Dialogue(
                id=f"{record.key}/{item.sample_ID}",
                persona=as_text(item.user_persona),
                character=as_text(item.agent_character),
                context=_context(path, record, item.dialogue_context),
                reference=item.agent_golden_response.strip(),
                split=split,
                language=language,
                tags=tags,
            ),
        )


def _split(path: Path, record: Record, tag: str) -> tuple[str, str]:
    if record.key in SPLITS:
        return SPLITS[record.key], "en"
    if tag not in _SHIFTS:
        raise RemidError(
            f"{path}, {record.where}, field subset_tag: {tag!r} is no subset of the benchmark; "
            f"expected one of {', '.join(_SHIFTS)}."
        )
    return _SHIFTS[tag].name, _SHIFTS[tag].language


def _context(path: Path, record: Record, items: list[dict[str, str]]) -> tuple[Turn, ...]:
    turns = []
    for k, item in enumerate(items):
        for key, text in item.items():
            if key not in _ROLES:
                raise RemidError(
                    f"{path}, {record.where}, field dialogue_context[{k}]: unknown key {key!r}; "
                    f"expected {' or '.join(_ROLES)}."
                )
            turns.append(turn(_ROLES[key], text))
    return tuple(turns)
