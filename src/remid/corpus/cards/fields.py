"""The fields of cards under the names that tools give them."""

from dataclasses import dataclass
from typing import Any

from remid.corpus.sample import as_text

_NAMES: dict[str, tuple[str, ...]] = {
    "name": ("name", "char_name"),
    "nickname": ("nickname",),
    "description": ("description", "char_persona", "persona"),
    "personality": ("personality",),
    "scenario": ("scenario", "world_scenario"),
    "greeting": ("first_mes", "char_greeting", "greeting"),
    "examples": ("mes_example", "example_dialogue", "sampleChat"),
    # A description with examples below it: text-generation-webui's and Character.AI's.
    "mixed": ("context", "definition"),
}
NAMES = frozenset(_NAMES["name"])
KEYS = frozenset(
    key for field, keys in _NAMES.items() if field != "name" for key in keys if key != "context"
) | {"context", "spec"}
"""Keys of which a card has at least one, beside its name."""
_LISTS = ("tags", "alternate_greetings", "group_only_greetings", "source")
_KEPT = ("name", "nickname", "greeting")
"""Fields that the tags keep as the card has them."""
_KINDS = {list: "array", dict: "object", bool: "bool"}


@dataclass(frozen=True)
class Card:
    """A card's own text, its macros not filled in."""

    name: str
    nickname: str
    description: str
    personality: str
    scenario: str
    greeting: str
    examples: str
    mixed: str
    tags: dict[str, str]
    """Everything else that the card says."""


class WrongField(Exception):
    """A field holds what cannot be text; its message is (field, what it holds)."""


def card(value: dict[str, Any]) -> Card:
    """Read the fields of a card, V2's and V3's inside ``data``; an empty one gives way to V1's.

    Raises
    ------
    WrongField
        If a field that is read holds neither text nor a list of texts.
    """
    inner = value.get("data")
    data = inner if isinstance(inner, dict) else value
    found, used = {}, set()
    for field, keys in _NAMES.items():
        found[field] = ""
        # V2 repeats V1's fields outside of `data`; some tools fill only those.
        for source in (data, value):
            for key in keys:
                if not found[field] and (text := _text(key, source.get(key))).strip():
                    found[field] = text
                    used.add((key, field))
    # What became part of the profile is not kept as a tag too.
    consumed = {key for key, field in used if field not in _KEPT}
    return Card(**found, tags=_tags(value, data, consumed))


def _text(key: str, value: object) -> str:
    """Take a string; nothing and a list of strings stand where strings belong, too."""
    if value is None:
        return ""
    if isinstance(value, dict) and key == "persona":  # Agnai's: {kind, attributes: {text: [...]}}
        attributes = value.get("attributes")
        value = [*attributes.values()] if isinstance(attributes, dict) else None
        return "\n".join(_text(key, item) for item in value or [])
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = "\n".join(value)
    if not isinstance(value, str):
        raise WrongField(key, f"Expected `str`, got `{_KINDS.get(type(value), 'number')}`")
    return value


def _tags(value: dict[str, Any], data: dict[str, Any], consumed: set[str]) -> dict[str, str]:
    tags = {}
    for key, item in data.items():
        if key in _LISTS and isinstance(item, str):
            item = [item] if item else []
        if key not in consumed and item not in (None, "", [], {}):
            tags[key] = as_text(item)
    for key in ("spec", "spec_version"):
        if key in value and data is not value:
            tags[key] = as_text(value[key])
    return tags
