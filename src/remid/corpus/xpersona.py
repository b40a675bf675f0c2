"""XPersona (Lin et al. 2021): persona chats in several languages, a JSON list."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from remid.corpus.jsonstream import records
from remid.corpus.sample import Sample, as_text, conversation_sample, converted, turn
from remid.domain.dialogue import Turn

SILENCE = "__SILENCE__"
"""Stands for an absent turn."""
_LANGUAGES = {
    "En": "en",
    "Zh": "zh",
    "Jp": "ja",
    "Ko": "ko",
    "It": "it",
    "Fr": "fr",
    "Id": "id",
}


class _Sample(msgspec.Struct, frozen=True):
    persona: list[str]
    dialogue: list[tuple[str, str]]


def samples(path: Path) -> Iterator[Sample]:
    """Stream the list ``[{"persona": [...], "dialogue": [[user, character], ...]}, ...]``.

    The persona lines describe the second speaker, so they are the character (joined by newlines);
    the user has no persona. The last exchange gives the reference, what is before it the context.
    The id is the file's stem and the index in the list. The language is read off the file's name
    (``Zh_...``), the only place that tells it; ``und`` if it does not. Other fields become tags.
    """
    language = _LANGUAGES.get(path.stem.split("_")[0], "und")
    for record in records(path, keyed=False):
        sample: _Sample = converted(record.value, _Sample, path=path, where=record.where)
        turns: list[Turn] = []
        for user, character in sample.dialogue:
            turns += [turn("user", user), turn("character", character)]
        yield conversation_sample(
            [turn for turn in turns if turn.text != SILENCE],
            where=record.where,
            id=f"{path.stem}:{record.index}",
            persona="",
            character="\n".join(sample.persona),
            language=language,
            tags={
                key: as_text(item)
                for key, item in record.value.items()
                if key not in ("persona", "dialogue")
            },
        )
