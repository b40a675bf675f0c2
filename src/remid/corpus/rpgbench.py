"""The paper's `PDGBench.json`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from remid.corpus.jsonstream import Record, records
from remid.corpus.sample import Sample, as_text, converted, turn
from remid.domain.dialogue import Dialogue, Role, Turn
from remid.domain.errors import RemidError
from remid.domain.shift import ID_TEST, ID_TRAIN, SHIFTS

_IN_DISTRIBUTION = {"IDTrain": ID_TRAIN, "IDTest": ID_TEST}
_SHIFTED = {"OOD1Test": "user", "OOD2Test": "character", "OOD3Test": "composition"}
KEYS = (*_IN_DISTRIBUTION, *_SHIFTED)
"""Names of the arrays in the file."""
_ROLES: dict[str, Role] = {"user_query": "user", "agent_response": "character"}


class _Sample(msgspec.Struct, frozen=True):
    sample_ID: str | int
    user_persona: str | list[str]
    agent_character: str | list[str]
    dialogue_context: list[dict[str, str]]
    agent_golden_response: str
    subset_tag: str | None = None


def samples(path: Path) -> Iterator[Sample]:
    """Stream the samples of an object of splits (Li et al. 2026; structure in their repository).

    The id is ``KEY/sample_ID``, the split follows from the key and the `subset_tag`, the language
    from the split. A persona or character given as a list is joined by newlines. `sample_ID`,
    `subset_tag` and every field beyond the known ones are kept as tags.
    """
    for record in records(path, keyed=True):
        yield Sample(record.where, _dialogue(path, record))


def _dialogue(path: Path, record: Record) -> Dialogue:
    sample = converted(record.value, _Sample, path=path, where=record.where)
    split, language = _split(path, record, sample.subset_tag)
    return Dialogue(
        id=f"{record.key}/{sample.sample_ID}",
        persona=_joined(sample.user_persona),
        character=_joined(sample.agent_character),
        context=_context(path, record, sample.dialogue_context),
        reference=sample.agent_golden_response.strip(),
        split=split,
        language=language,
        tags=_tags(record.value),
    )


def _split(path: Path, record: Record, tag: str | None) -> tuple[str, str]:
    if record.key in _IN_DISTRIBUTION:
        return _IN_DISTRIBUTION[record.key], "en"
    if record.key not in _SHIFTED:
        raise RemidError(
            f"{path}, {record.where}: {record.key!r} is none of the splits {', '.join(KEYS)}; "
            "rename the array, or read the file as another format."
        )
    factor = _SHIFTED[record.key]
    for shift in SHIFTS:
        if shift.factor == factor and shift.paper_tag == tag:
            return shift.name, shift.language
    known = ", ".join(shift.paper_tag for shift in SHIFTS if shift.factor == factor)
    raise RemidError(
        f"{path}, {record.where}, field subset_tag: {tag!r} is none of {known}; mend the tag."
    )


def _context(path: Path, record: Record, steps: list[dict[str, str]]) -> tuple[Turn, ...]:
    turns = []
    for k, step in enumerate(steps):
        for key, text in step.items():
            if key not in _ROLES:
                raise RemidError(
                    f"{path}, {record.where}, field dialogue_context[{k}]: {key!r} is neither "
                    "'user_query' nor 'agent_response'; rename the key."
                )
            turns.append(turn(_ROLES[key], text))
    return tuple(turns)


def _joined(value: str | list[str]) -> str:
    return (value if isinstance(value, str) else "\n".join(value)).strip()


def _tags(value: dict[str, Any]) -> dict[str, str]:
    used = set(_Sample.__struct_fields__) - {"sample_ID", "subset_tag"}
    return {key: as_text(item) for key, item in value.items() if key not in used}
