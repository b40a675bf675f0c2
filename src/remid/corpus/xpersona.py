"""XPersona (Lin et al., 2021): a JSON list of persona-chat dialogues, a file per language."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from remid.corpus.jsonstream import records
from remid.corpus.sample import Sample, as_text, conversation_sample, converted, turn

SILENCE = "__SILENCE__"
"""Stands for a turn that nobody took."""
LANGUAGES = {
    "En": "en", "Zh": "zh", "Jp": "ja", "Ko": "ko", "Fr": "fr", "It": "it", "Id": "id"
}  # fmt: skip
"""The language by the start of the file's name, as in ``Jp_persona_split_valid.json``."""


class _Item(msgspec.Struct, frozen=True):
    persona: list[str]
    dialogue: list[tuple[str, str]]


def samples(path: Path) -> Iterator[Sample]:
    """Stream the dialogues; the persona describes the second speaker, so it is the character.

    The language is ``und`` (undetermined) if the file's name does not begin with one.

    Raises
    ------
    RemidError
        Naming file, line and field: malformed JSON, wrong types, a pair that is none.
    """
    prefix = re.match(r"([A-Z][a-z])_", path.name)
    language = LANGUAGES.get(prefix[1], "und") if prefix else "und"
    for record in records(path, keyed=False):
        item: _Item = converted(record.value, _Item, path=path, where=record.where)
        turns = [
            turn(role, text)
            for said, replied in item.dialogue
            for role, text in (("user", said), ("character", replied))
            if text != SILENCE
        ]
        yield conversation_sample(
            turns,
            where=record.where,
            id=f"{path.stem}/{record.index}",
            persona="",
            character="\n".join(item.persona),
            language=language,
            tags={
                key: as_text(value)
                for key, value in record.value.items()
                if key not in _Item.__struct_fields__
            },
        )
