"""The fields of a card, whatever file they are in."""

import base64
import binascii
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from remid.corpus import png
from remid.corpus.cards import charx
from remid.corpus.cards.fields import KEYS, NAMES
from remid.corpus.files import MAX_LINE, opened
from remid.corpus.normal import regular
from remid.corpus.sample import malformed
from remid.domain.errors import RemidError

SUFFIXES = frozenset(".json .png .apng .charx .yaml .yml .jpg .jpeg .webp".split())
"""Files of a folder that may be cards."""
MAX_YAML = 1024 * 1024
"""Longest YAML card, in bytes: reading YAML is slow, and no card is that long."""
CHUNKS = ("ccv3", "chara")
"""Keywords of a PNG's texts, the newer first."""
_PICTURES = {b"\xff\xd8\xff": "JPEG", b"RIFF": "WEBP", b"GIF8": "GIF"}


class NoCard(RemidError):
    """The file is whole, and something else than a card."""


@dataclass
class Payload:
    """What a file says of one character."""

    fields: dict[str, Any]
    where: str
    """Where in the file it stands, such as ``text ccv3``."""
    notes: Counter[str] = field(default_factory=Counter)
    """What was mended in reading it, with how often."""


def payload(path: Path) -> Payload:
    """Read the card of a file: JSON, YAML, CHARX, or the text of a PNG.

    Raises
    ------
    NoCard
        If it is a picture without a card, a lorebook, or another JSON or YAML file.
    RemidError
        If it is damaged, or larger than any card.
    """
    with opened(path) as file:
        data = file.read(MAX_LINE + 1)
    if data.startswith(png.SIGNATURE):
        return _in_png(path)
    if data.startswith(charx.SIGNATURE) or (data.startswith(charx.JPEG) and charx.is_zip(path)):
        text = charx.card(path)
        if text is None:
            raise NoCard(f"{path}: a zip without card.json; this is no CHARX card.")
        return _decoded(text, path, "card.json")
    for signature, name in _PICTURES.items():
        if data.startswith(signature):
            raise NoCard(f"{path}: a {name} picture; cards are read from PNG, CHARX, JSON or YAML.")
    if len(data) > MAX_LINE:
        raise RemidError(f"{path}: over {MAX_LINE:,} bytes; no card is that long.")
    return _decoded(data, path, "the card")


def starts_array(path: Path) -> bool:
    """Tell whether a file is an array, perhaps of many cards."""
    with opened(path) as file:
        return file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")


def _in_png(path: Path) -> Payload:
    found = png.texts(path, CHUNKS)
    if not found:
        raise NoCard(f"{path}: no text `chara` or `ccv3`; this picture holds no card.")
    failure: RemidError | None = None
    for keyword in CHUNKS:
        if keyword in found:
            try:
                read = _unwrapped(found[keyword], path, f"text {keyword}")
            except RemidError as error:
                failure = failure or error
                continue
            if failure:
                read.notes["text ccv3 cannot be read, chara was"] += 1
            return read
    assert failure is not None
    raise failure


def _unwrapped(text: bytes, path: Path, where: str) -> Payload:
    """Read a PNG's text: base64 with or without line breaks and padding, or the JSON itself."""
    if text.lstrip().removeprefix(b"\xef\xbb\xbf")[:1] == b"{":
        return _decoded(text, path, where)
    packed = re.sub(rb"\Adata:[^,]{0,100},|\s", b"", text).rstrip(b"=\0")
    packed = packed.translate(bytes.maketrans(b"-_", b"+/"))
    try:
        plain = base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
    except binascii.Error as error:
        raise RemidError(f"{path}, {where}: not base64 ({error}); export it again.") from error
    return _decoded(plain, path, where)


def _decoded(data: bytes, path: Path, where: str) -> Payload:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
        value = json.loads(text) if text.lstrip()[:1] in ("{", "[") else _yaml(text, path, where)
        if isinstance(value, list) and len(value) == 1:
            (value,) = value
        return of_value(value, path, where)
    except (
        ValueError,
        RecursionError,
    ) as error:  # JSONDecodeError and UnicodeError are ValueErrors
        raise malformed(path, where, error) from error


def of_value(value: Any, path: Path, where: str) -> Payload:
    """Take a decoded value for a card, if it is one; errors as `payload`."""
    if not isinstance(value, dict):
        raise NoCard(f"{path}, {where}: no object with the fields of a card.")
    data = value.get("data")
    inner = data if isinstance(data, dict) else value
    if not KEYS & {*inner, *value}:
        what = "a lorebook, which" if "entries" in inner else "an object that"
        raise NoCard(f"{path}, {where}: {what} has none of the fields of a card.")
    if not NAMES & {*inner, *value}:
        raise RemidError(f"{path}, {where}, field name: absent; a card needs the character's name.")
    read = Payload({}, where)
    read.fields = _whole(value, read.notes)
    return read


class _Plain(yaml.BaseLoader):
    """Reads every scalar as text, and no aliases: a short file could mean a huge one by them."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it uses an alias, as no card does")
        return super().compose_node(parent, index)


def _yaml(text: str, path: Path, where: str) -> object:
    if len(text) > MAX_YAML:
        raise RemidError(f"{path}, {where}: YAML over {MAX_YAML:,} characters; give it as JSON.")
    try:
        return yaml.load(text, _Plain)  # noqa: S506  builds nothing but text, lists and mappings
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error).split("\n")[0]
        raise RemidError(f"{path}, {where}: neither JSON nor YAML ({problem}{line}).") from error


def _whole(value: Any, notes: Counter[str]) -> Any:
    if isinstance(value, str):
        return regular(value, notes)
    if isinstance(value, list):
        return [_whole(item, notes) for item in value]
    if isinstance(value, dict):
        return {_whole(key, notes): _whole(item, notes) for key, item in value.items()}
    return value
