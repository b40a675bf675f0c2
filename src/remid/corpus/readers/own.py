"""The project's own schema in any container; plain files of it have a faster reader, `jsonl`."""

from typing import Any

from remid.corpus import jsonl

_FIELDS = ("id", "persona", "character", "context", "reference")


def score(value: Any) -> float:
    """Say how surely a record is a dialogue of the project."""
    if not isinstance(value, dict):
        return 0.0
    found = sum(field in value for field in _FIELDS) / len(_FIELDS)
    return found if isinstance(value.get("context"), list) else 0.5 * found


__all__ = ["jsonl", "score"]
