"""Character cards V1, V2 and V3, as JSON or inside a PNG."""

import base64
import binascii
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from remid.corpus import png
from remid.corpus.files import MAX_LINE, opened
from remid.corpus.sample import (
    Sample,
    as_text,
    conversation_sample,
    converted,
    last_exchange,
    malformed,
)
from remid.domain.dialogue import Dialogue, Role, Turn
from remid.domain.errors import RemidError

_SPEAKER = re.compile(r"\s*\{\{(user|char)\}\}\s*:\s?(.*)$", re.IGNORECASE)
_START = re.compile(r"^\s*<START>\s*$", re.IGNORECASE | re.MULTILINE)
_ROLES: dict[str, Role] = {"user": "user", "char": "character"}


class _Data(msgspec.Struct, frozen=True):
    """The fields that are read; null, and a string for a list, occur in the wild."""

    name: str
    description: str | None = None
    personality: str | None = None
    scenario: str | None = None
    mes_example: str | None = None
    first_mes: str | None = None
    tags: list[str] | str | None = None
    alternate_greetings: list[str] | str | None = None
    group_only_greetings: list[str] | str | None = None
    source: list[str] | str | None = None
    character_book: dict[str, Any] | None = None


_LISTS = ("tags", "alternate_greetings", "group_only_greetings", "source")
_USED = ("description", "personality", "scenario", "mes_example")


def samples(path: Path) -> Iterator[Sample]:
    """Read a card, or every ``.json`` and ``.png`` card of a folder, in the order of their names.

    The character is the name, the description, the personality and the scenario, one below the
    other. A card has no persona and no reply, but `mes_example` may hold conversations, parted by
    ``<START>``: each with a reply becomes a Dialogue, its last reply the reference, with the id
    ``STEM:1`` and so on. A card without any becomes one Dialogue ``STEM`` with an empty reference,
    and the greeting as its only turn. ``{{char}}`` becomes the name, ``{{user}}`` the word User.
    All other fields are kept as tags, as do examples without a reply. Of a PNG's ``ccv3`` and
    ``chara`` texts the first is taken.
    """
    if not path.is_dir():
        yield from _card(path, path.stem)
        return
    files = sorted(p for p in path.iterdir() if p.suffix.lower() in (".json", ".png"))
    for file in files:
        yield from _card(file, file.name)


def _card(path: Path, id: str) -> Iterator[Sample]:
    raw = _json(path)
    data = raw["data"] if isinstance(raw.get("data"), dict) else raw
    where = "field data" if data is not raw else "the card"
    card: _Data = converted(data, _Data, path=path, where=where)
    if not card.name.strip():
        raise RemidError(f"{path}, field name: empty; a card needs the character's name.")

    def filled(text: str | None) -> str:
        return _filled(text or "", card.name).strip()

    about = (card.name, filled(card.description), filled(card.personality), filled(card.scenario))
    character = "\n".join(text for text in about if text)
    blocks = [
        [Turn(turn.role, filled(turn.text)) for turn in _turns(block)]
        for block in _START.split(card.mes_example or "")
        if block.strip()
    ]
    answered = [turns for turns in blocks if last_exchange(turns).context]
    tags = _tags(raw, data)
    if len(answered) < len(blocks):
        tags["mes_example"] = card.mes_example or ""
    for number, turns in enumerate(answered, 1):
        yield conversation_sample(
            turns,
            where=f"{path.name}, example {number}",
            id=f"{id}:{number}",
            persona="",
            character=character,
            language="und",
            tags=tags,
        )
    if not answered:
        greeting = (Turn("character", filled(card.first_mes)),) if filled(card.first_mes) else ()
        profile = Dialogue(id, "", character, greeting, "", language="und", tags=tags)
        yield Sample(path.name, profile)


def _json(path: Path) -> dict[str, Any]:
    with opened(path) as file:
        text = file.read(MAX_LINE + 1)
    where = "the card"
    if text.startswith(png.SIGNATURE):
        found = png.texts(path, ("ccv3", "chara"))
        if not found:
            raise RemidError(f"{path}: no text `chara` or `ccv3`; this picture holds no card.")
        where = "text ccv3" if "ccv3" in found else "text chara"
        try:
            text = base64.b64decode(found[where.split()[1]].strip(), validate=True)
        except binascii.Error as error:
            raise RemidError(f"{path}, {where}: not base64 ({error}); export it again.") from error
    if len(text) > MAX_LINE:
        raise RemidError(f"{path}: over {MAX_LINE:,} bytes; no card is that long.")
    try:
        decoded: dict[str, Any] = msgspec.json.decode(
            text.removeprefix(b"\xef\xbb\xbf"), type=dict[str, Any]
        )
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise malformed(path, where, error) from error
    return decoded


def _turns(block: str) -> Iterator[Turn]:
    role: Role | None = None
    text: list[str] = []
    for line in block.splitlines():
        if spoken := _SPEAKER.match(line):
            if role:
                yield Turn(role, "\n".join(text))
            role, text = _ROLES[spoken[1].lower()], [spoken[2]]
        elif role:
            text.append(line)
    if role:
        yield Turn(role, "\n".join(text))


def _filled(text: str, name: str) -> str:
    text = re.sub(r"\{\{char\}\}|<BOT>", lambda _: name, text, flags=re.IGNORECASE)
    return re.sub(r"\{\{user\}\}|<USER>", "User", text, flags=re.IGNORECASE)


def _tags(raw: dict[str, Any], data: dict[str, Any]) -> dict[str, str]:
    tags = {}
    for key, item in data.items():
        if key in _LISTS and isinstance(item, str):
            item = [item] if item else []
        if key not in _USED and item not in (None, "", [], {}):
            tags[key] = as_text(item)
    for key in ("spec", "spec_version"):
        if key in raw and data is not raw:
            tags[key] = as_text(raw[key])
    return tags
