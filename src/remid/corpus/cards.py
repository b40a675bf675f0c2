"""Character cards V2 and V3, as JSON and inside PNG."""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from remid.corpus import png
from remid.corpus.files import MAX_LINE, opened
from remid.corpus.sample import Sample, as_text, malformed, turn
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError

KEYWORDS = ("ccv3", "chara")
"""Keywords of the chunks that hold a card, the preferred one first."""
PROFILE = ("description", "personality", "scenario")
"""What makes the character, after its name."""
LISTS = frozenset({"tags", "alternate_greetings", "group_only_greetings", "source"})
"""Lists that some programs write as one string."""
_SPECS = ("chara_card_v2", "chara_card_v3")
_TEXTS = ("name", *PROFILE, "first_mes")


def samples(path: Path) -> Iterator[Sample]:
    """Yield the one card of a file: a dialogue with a character, a greeting and no reference yet.

    The greeting, if there is one, is the only turn. Every field of the card is kept in the tags,
    lists and objects as JSON; empty and null ones are left out.

    Raises
    ------
    RemidError
        Naming file, place and field: a broken PNG, malformed JSON, wrong types, no card, no name.
    """
    where, content = _content(path)
    try:
        raw = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"), type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise malformed(path, where, error) from error
    card = _fields(path, where, raw)
    for name in _TEXTS:
        if not isinstance(card.get(name) or "", str):
            raise RemidError(
                f"{path}, {where}, field {name}: expected text, found "
                f"{type(card[name]).__name__}; mend the card."
            )
    if not str(card.get("name") or "").strip():
        raise RemidError(f"{path}, {where}, field name: missing or empty; give the card a name.")
    parts = [card["name"], *(card.get(name) or "" for name in PROFILE)]
    greeting = (card.get("first_mes") or "").strip()
    yield Sample(
        where,
        Dialogue(
            id=path.stem,
            persona="",
            character="\n\n".join(part.strip() for part in parts if part.strip()),
            context=(turn("character", greeting),) if greeting else (),
            reference="",
            language="und",
            tags={k: _tag(k, v) for k, v in card.items() if v not in (None, "", [], {})},
        ),
    )


def _content(path: Path) -> tuple[str, bytes]:
    """Return the card's JSON and where it stands."""
    with opened(path) as file:
        start = file.read(MAX_LINE + 1)
    if not start.startswith(png.SIGNATURE):
        if len(start) > MAX_LINE:
            raise RemidError(f"{path}: a card of more than {MAX_LINE:,} bytes; this is no card.")
        return "card", start
    found = png.texts(path, KEYWORDS)
    keyword = next((k for k in KEYWORDS if k in found), None)
    if keyword is None:
        raise RemidError(
            f"{path}: a picture without a card (no {' or '.join(KEYWORDS)} text); export it again, "
            "with its card."
        )
    try:
        return f"text {keyword}", base64.b64decode(found[keyword], validate=True)
    except (binascii.Error, ValueError) as error:
        raise RemidError(
            f"{path}, text {keyword}: not base64 ({error}); export it again."
        ) from error


def _fields(path: Path, where: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the card's fields; those beside ``data`` are only the version before V2 again."""
    spec = raw.get("spec")
    if spec not in _SPECS:
        raise RemidError(
            f"{path}, {where}, field spec: {spec!r}, expected {' or '.join(_SPECS)}; save the card "
            "as V2 or V3."
        )
    data = raw.get("data")
    if not isinstance(data, dict):
        raise RemidError(
            f"{path}, {where}, field data: expected an object, found {type(data).__name__}; mend "
            "the card."
        )
    return {**data, "spec": spec}


def _tag(name: str, value: object) -> str:
    if name in LISTS and isinstance(value, str):
        value = [part.strip() for part in value.split(",")] if name == "tags" else [value]
        return json.dumps(value, ensure_ascii=False)
    return as_text(value)
