"""The ratings of one row: numbers by what was rated and by whom, in whatever shape."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from remid.studies.agreement import names

OVERALL = "rating"
"""What a rating without a name is called."""
_NUMBER = re.compile(
    r"\s*([-+]?\d+(?:[.,]\d+)?)\s*(?:/\s*\d+|stars?|points?|[-:–(].*)?\s*", re.DOTALL
)
_DEPTH = 6


class Rating(NamedTuple):
    """One number that somebody gave."""

    name: str
    """What was rated."""
    rater: str
    """Who rated it; empty where the file does not say."""
    value: float


def ratings(row: Mapping[str, Any], fields: Sequence[str], used: frozenset[str]) -> list[Rating]:
    """Read every rating of a row with plain names.

    Parameters
    ----------
    fields : where they are, dots between levels; known names, then columns of raters, then all
        other numbers where empty.
    used : fields that hold something else.
    """
    if fields:
        named = [(field.split(".")[-1], _at(row, field)) for field in fields]
        alone = len(fields) == 1
        return [
            rating
            for name, value in named
            for rating in _of(value, _name(name) if not alone else OVERALL, "")
        ]
    # From the surest to the vaguest: known names, columns of raters, any other number.
    own = {key: value for key, value in row.items() if key not in used}
    known = [key for key in names.RATING if key in own]
    for key in known:
        if found := [*_of(own[key], OVERALL, "")]:
            return found
    columns = [(apart, own[key]) for key in own if (apart := names.rater_in(key))]
    if found := [rating for (name, who), v in columns for rating in _of(v, name or OVERALL, who)]:
        return found
    return [
        rating
        for key, value in own.items()
        if names.may_be_rated(key) and key not in known
        for rating in _of(value, key, "")
    ]


def _of(value: Any, name: str, rater: str, depth: int = 0) -> Iterator[Rating]:
    if (number := _number(value)) is not None:
        yield Rating(name, rater, number)
    elif depth > _DEPTH:
        return
    elif isinstance(value, list):
        # A list without names is taken for raters in a fixed order.
        for k, item in enumerate(value):
            yield from _of(item, name, rater or str(k + 1), depth + 1)
    elif isinstance(value, dict):
        yield from _of_object(names.with_plain_names(value), name, rater, depth + 1)


def _of_object(value: dict[str, Any], name: str, rater: str, depth: int) -> Iterator[Rating]:
    who = names.first(value, names.RATER)
    inside = names.first(value, names.RATING)
    aspect = names.first(value, ("aspect", "dimension", "criterion", "question", "name"))
    if who:
        rater = str(value[who]).strip()
    if inside and (who or aspect or len(value) == 1):
        named = str(value[aspect]) if aspect else name
        yield from _of(value[inside], _name(named), rater, depth)
        return
    for key, item in value.items():
        if key == who:
            continue
        if not who and _is_rater(key, item):
            apart = names.rater_in(key)
            yield from _of(item, (apart[0] if apart else "") or name, key if not apart else apart[1],
                           depth)  # fmt: skip
        elif names.may_be_rated(key):
            yield from _of(item, _name(key), rater, depth)


def _is_rater(key: str, item: Any) -> bool:
    """Whether a key names a rater: by its look, or because what is rated stands inside."""
    if key in names.ASPECTS:
        return False
    inner = {names.plain(each) for each in item} if isinstance(item, dict) else set()
    return names.rater_in(key) is not None or bool(inner & names.ASPECTS)


def _name(text: str) -> str:
    name = names.plain(text)
    return OVERALL if name in names.RATING else name


def _number(value: Any) -> float | None:
    if isinstance(value, bool | int | float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str) and (found := _NUMBER.fullmatch(value)):
        # Decimal commas, as spreadsheets in many languages write them.
        return float(found[1].replace(",", "."))
    return None


def _at(row: Any, field: str) -> Any:
    # A name with a dot in it may be a field; else dots lead into objects and lists.
    for part in [names.plain(field)] if names.plain(field) in row else field.split("."):
        if isinstance(row, dict):
            row = names.with_plain_names(row).get(names.plain(part))
        elif isinstance(row, list) and part.isdigit() and int(part) < len(row):
            row = row[int(part)]
        else:
            return None
    return row
