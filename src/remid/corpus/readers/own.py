"""The project's own schema in any container; plain files of it have a faster reader, `jsonl`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from remid.corpus import jsonl
from remid.corpus.containers import Record
from remid.corpus.sample import Sample
from remid.domain.errors import RemidError

_FIELDS = ("id", "persona", "character", "context", "reference")


def score(value: Any) -> float:
    """Say how surely a record is a dialogue of the project."""
    if not isinstance(value, dict):
        return 0.0
    found = sum(field in value for field in _FIELDS) / len(_FIELDS)
    return found if isinstance(value.get("context"), list) else 0.5 * found


def samples(path: Path, records: Iterator[Record]) -> Iterator[Sample]:
    """Stream the dialogues; as in a plain file, one that breaks the schema is an error.

    A field that is null counts as absent: libraries of columns fill it in.
    """
    for record in records:
        if record.fault:
            raise RemidError(f"{path}, {record.where}: {record.fault}; get the file again.")
        value = record.value
        if isinstance(value, dict) and isinstance(value.get("tags"), dict):
            # Parquet gives every row the tags of all, null where a row has none.
            tags = {key: text for key, text in value["tags"].items() if text is not None}
            value = value | {"tags": tags}
        yield Sample(record.where, jsonl.dialogue_of(value, path, record.where))
