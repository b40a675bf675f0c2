"""What a row of a file of ratings says under which of its names."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remid.replies.file_rows import IDS
from remid.replies.thinking import spoken
from remid.studies.agreement import names
from remid.studies.agreement.rows import rows

_LONGEST_NAME = 80


@dataclass(frozen=True)
class Fields:
    """Where a file has what; looked for under known names where empty."""

    context: str = ""
    system: str = ""
    reply: str = ""
    rater: str = ""
    rating: tuple[str, ...] = ()
    persona: str = ""
    character: str = ""
    language: str = ""
    encoding: str | None = None
    strict: bool = False
    """Whether an odd row is an error."""


class Others:
    """Rows of the second file, by id and by id with system."""

    def __init__(self, path: Path | None, fields: Fields) -> None:
        self._found: dict[tuple[str, str], dict[str, Any]] = {}
        self._several: set[tuple[str, str]] = set()
        for row in rows(path, fields.encoding) if path else ():
            system = system_of(row.value, fields)
            for key in ids_of(row.value):
                for place in {(key, system), (key, "")}:
                    if place in self._found:
                        self._several.add(place)
                    self._found[place] = dict(row.value)

    def of(self, row: Mapping[str, Any], system: str) -> dict[str, Any]:
        """What goes with a row: of its id and system, or of its id where only one has that."""
        texts = [row[name] for name in names.CONTEXT if isinstance(row.get(name), str)]
        keys = [*ids_of(row), *(text.strip() for text in texts)]
        places = [(key, who) for who in dict.fromkeys((system, "")) for key in keys]
        one = (p for p in places if p in self._found and (p[1] or p not in self._several))
        return self._found.get(next(one, ("", "")), {})


OF_DIALOGUE = frozenset(
    (*names.CHARACTER, *names.ASKED, "persona", "user_persona", "character", "system_prompt")
)


def renamed(value: dict[str, Any], fields: Fields, system: str) -> dict[str, Any]:
    """Put what the user named where it is looked for, and take a system's name out."""
    for wanted in ("persona", "character"):
        if (text := getattr(fields, wanted)) and (own := names.plain(text)) != wanted:
            value[wanted] = value.pop(own, None) or ("" if own in OF_DIALOGUE else text)
    named = [key for key in names.SYSTEM if value.get(key) == system] if system else []
    return {key: item for key, item in value.items() if key not in named}


def system_of(value: Mapping[str, Any], fields: Fields) -> str:
    """Who replied; a long text under such a name is a prompt and names nobody."""
    for name in (names.plain(fields.system),) if fields.system else names.SYSTEM:
        found = value.get(name)
        if isinstance(found, str | int) and not isinstance(found, bool):
            text = str(found).strip()
            if text and "\n" not in text and len(text) <= _LONGEST_NAME:
                return text
    return ""


def reply_field(value: Mapping[str, Any], fields: Fields, context: str) -> str:
    """Name the field of the reply; empty where there is none."""
    if fields.reply:
        return names.plain(fields.reply) if value.get(names.plain(fields.reply)) else ""
    return names.first(value, [name for name in names.REPLY if name != context])


def ids_of(value: Mapping[str, Any]) -> list[str]:
    """What may be the id of the dialogue, the likelier first."""
    found = []
    for name in (*names.DIALOGUE_IDS, *map(names.plain, IDS)):
        key = value.get(name)
        if isinstance(key, str | int | float) and not isinstance(key, bool):
            text = str(int(key)) if isinstance(key, float) and key.is_integer() else str(key)
            found += [text.strip()] if text.strip() else []
    return [*dict.fromkeys(found)]


def reference_of(value: Mapping[str, Any]) -> str:
    """Read the reference reply of a row, the first of several; empty where there is none."""
    held = value.get(names.first(value, names.REFERENCE))
    if isinstance(held, list):
        held = next((item for item in held if isinstance(item, str)), "")
    return spoken(held).reply if isinstance(held, str) else ""
