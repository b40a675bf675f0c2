"""The paper's RPGBench: `PDGBench.json`, its rows alone, or the set on a hub."""

from typing import Any

from remid.corpus.containers import Record
from remid.corpus.conversation import Conversation, Line, Side, Unfit, described
from remid.corpus.options import Options
from remid.corpus.readers.known import rest
from remid.domain.shift import ID_TEST, ID_TRAIN

_IN_DISTRIBUTION = {"IDTrain": ID_TRAIN, "IDTest": ID_TEST}
SUBSETS = {
    "OOD1Test": {
        "german": ("user/german", "de"),
        "spanish": ("user/spanish", "es"),
        "chinese": ("user/chinese", "zh"),
        "japanese": ("user/japanese", "ja"),
        "korean": ("user/korean", "ko"),
    },
    "OOD2Test": {
        "Literature": ("character/literature", "en"),
        "Film & Television": ("character/film_tv", "en"),
        "Theater": ("character/theater", "en"),
        "Gaming": ("character/gaming", "en"),
    },
    "OOD3Test": {
        "TurnLevelComposition": ("composition/turn_level", "en"),
        "WordLevelComposition": ("composition/word_level", "en"),
    },
}
"""Arrays of shifted samples to their `subset_tag`, and what each means: split, and language."""
KEYS = (*_IN_DISTRIBUTION, *SUBSETS)
"""Names of the arrays in the file."""
_SIDES: dict[str, Side] = {"user_query": "user", "agent_response": "character"}
_FIELDS = ("user_persona", "agent_character", "dialogue_context", "agent_golden_response")


def score(value: Any) -> float:
    """Say how surely a record is one of these."""
    if not isinstance(value, dict):
        return 0.0
    return sum(field in value for field in _FIELDS) / len(_FIELDS)


def conversation(record: Record, options: Options) -> Conversation:
    """Read one sample (Li et al. 2026; structure in their repository).

    The id is ``KEY/sample_ID``, KEY being the array that it stands in; the split follows from that
    and the `subset_tag`, the language from the split. Where no array tells, the sample's id does.
    A persona or character may be text, a list or an object. `sample_ID`, `subset_tag` and every
    field beyond the known ones are kept as tags.
    """
    del options
    value = record.value
    if not isinstance(value, dict) or score(value) < 1:
        missing = [name for name in _FIELDS if not isinstance(value, dict) or name not in value]
        raise Unfit("a field is missing", f"no field {', '.join(missing)}")
    reference = value["agent_golden_response"]
    if not isinstance(reference, str) or not reference.strip():
        raise Unfit("no reply of reference")
    number, tag = value.get("sample_ID"), value.get("subset_tag")
    number = str(number) if isinstance(number, (str, int)) else ""
    key = _key(record.part, number, tag)
    split, language = _split(key, tag)
    # Where a sample has no number its place in the array serves.
    own = number or str(record.number)
    return Conversation(
        where=record.where,
        lines=[*_context(value["dialogue_context"]), Line("character", reference)],
        id=f"{record.part}/{own}" if record.part else number,
        persona=described(value["user_persona"]),
        character=described(value["agent_character"]),
        split=split,
        language=language,
        tags=rest(value, set(_FIELDS)),
    )


def _key(part: str, number: str, tag: Any) -> str:
    """Return the array of `KEYS` that a sample belongs to; empty if nothing tells."""
    if part in KEYS:
        return part
    # On a hub the arrays are gone, and ids keep their names.
    if found := [key for key in KEYS if key in number]:
        return found[0]
    if found := [key for key, tags in SUBSETS.items() if tag in tags]:
        return found[0]
    return tag if isinstance(tag, str) and tag in _IN_DISTRIBUTION else ""


def _split(key: str, tag: Any) -> tuple[str, str]:
    if not key:
        return "", ""
    if key in _IN_DISTRIBUTION:
        return _IN_DISTRIBUTION[key], "en"
    if tag in SUBSETS[key]:
        return SUBSETS[key][tag]
    known = ", ".join(SUBSETS[key])
    raise Unfit("a subset_tag that is no shift of its array", f"subset_tag {tag!r}, not {known}")


def _context(steps: Any) -> list[Line]:
    lines = []
    if not isinstance(steps, list):
        raise Unfit("a dialogue_context that is no list")
    for k, step in enumerate(steps):
        for key, text in step.items() if isinstance(step, dict) else [("", None)]:
            if text is None and key in _SIDES:  # what a library filled in for an absent key
                continue
            if key not in _SIDES or not isinstance(text, str):
                raise Unfit(
                    "a turn that is neither user_query nor agent_response",
                    f"dialogue_context[{k}]: {key!r} is neither 'user_query' nor 'agent_response'",
                )
            lines.append(Line(_SIDES[key], text))
    return lines
