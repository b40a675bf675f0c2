"""The table of an evaluation read back from its file."""

import math
from dataclasses import is_dataclass
from typing import Any, get_args, get_type_hints

import msgspec

from remid.evaluation.table import Table


def read_table(raw: bytes) -> Table:
    """Read a table from the JSON that msgspec writes of it, where what is undefined is null.

    Raises
    ------
    msgspec.MsgspecError
        When it is no such table.
    """
    table: Table = msgspec.convert(_undefined(msgspec.json.decode(raw), Table), Table)
    return table


def _undefined(value: Any, kind: Any) -> Any:
    """Put nan where a number is null, as the types say; JSON has no nan."""
    if value is None and kind is float:
        return math.nan
    if isinstance(value, dict) and is_dataclass(kind):
        types = get_type_hints(kind)
        return {key: _undefined(own, types.get(key)) for key, own in value.items()}
    inner = get_args(kind)
    if isinstance(value, list) and inner:
        return [_undefined(own, inner[0]) for own in value]
    if isinstance(value, dict) and len(inner) == 2:
        return {key: _undefined(own, inner[1]) for key, own in value.items()}
    return value
