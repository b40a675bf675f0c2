"""Records that hold a list of messages: OpenAI, ShareGPT, LMSYS, WildChat, PIPPA, RPBench."""

from typing import Any

from remid.corpus.containers import Record
from remid.corpus.conversation import Conversation, Line, Unfit, described
from remid.corpus.options import Options
from remid.corpus.readers import known
from remid.corpus.readers.turns import content_of, fields_of, is_turns, lines_of

_LONGEST_NAME = 40
_BARE = 2  # a role and a text
UNDESIRABLE = "labelled as undesirable"
_METADATA = ("persona", "id", "split", "language", "trace", "character")


def score(value: Any) -> float:
    """Say how surely a record is one of these."""
    if not isinstance(value, dict):
        return 0.0
    field = _turns_field(value)
    if field:
        return 0.95 if field in known.TURNS[:3] else 0.85
    return 0.3 if any(name in value for name in known.TURNS[:3]) else 0.0


def conversation(record: Record, options: Options) -> Conversation:
    """Read one record.

    System messages before the first turn are the character, beside what other fields tell of it;
    `metadata` may hold persona, character, id, split, language and trace. A reply that stands in a
    field of its own, as evaluation and preference sets have it, ends a conversation that ends with
    the user. All other fields of the record and its messages are kept as tags.
    """
    value = record.value
    if not isinstance(value, dict):
        raise Unfit("no object")
    mapping = options.mapping
    field = (mapping.turns if mapping else "") or _turns_field(value)
    turns = known.at(value, field) if field else None
    if not turns:
        raise Unfit("no list of messages")
    if value.get("label") is False or value.get("kto_tag") is False:
        raise Unfit(UNDESIRABLE)
    metadata = value["metadata"] if isinstance(value.get("metadata"), dict) else {}
    name = known.text_of(value, known.NAME) or _name_in(value)
    lines = lines_of(turns, mapping, name)
    replied = ""
    if lines and lines[-1].side == "user" and (replied := known.first(value, known.REPLY)):
        lines.append(Line("character", _reply(value[replied])))
    used = {field.split(".")[0], "metadata", replied, *known.NAME, "split", "trace"}
    used |= {known.first(value, names) for names in (known.ID, known.PERSONA, known.LANGUAGE,
             known.SCENE)}  # fmt: skip
    used |= set(known.CHARACTER)
    return Conversation(
        where=record.where,
        lines=lines,
        id=known.id_of(value) or known.id_of(metadata),
        persona=known.text_of(value, known.PERSONA) or described(metadata.get("persona")),
        character=_character(value) or described(metadata.get("character")),
        name=name,
        scene=known.text_of(value, known.SCENE),
        split=_text(value.get("split")) or _text(metadata.get("split")),
        language=known.text_of(value, known.LANGUAGE) or _text(metadata.get("language")),
        trace=_text(value.get("trace")) or _text(metadata.get("trace")),
        tags=known.rest(value, used)
        | known.rest(metadata, set(_METADATA))
        | _of_messages(field, turns),
    )


def _turns_field(value: dict[str, Any]) -> str:
    return next((name for name in known.TURNS if is_turns(value.get(name))), "")


def _character(value: dict[str, Any]) -> str:
    """Join what the record says of the character, in the order of the known names."""
    texts = (described(value[name]) for name in known.CHARACTER if value.get(name))
    return "\n".join(dict.fromkeys(text for text in texts if text))


def _name_in(value: dict[str, Any]) -> str:
    profile = value.get("npc_profile") or value.get("character") or value.get("profile")
    if isinstance(profile, str) and len(profile) <= _LONGEST_NAME and "\n" not in profile:
        return profile.strip()
    if isinstance(profile, dict):
        found = profile.get(known.first(profile, ("name", "name_text", "char_name")))
        return found if isinstance(found, str) else ""
    return ""


def _reply(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], str):
        return value[0]  # several answers, of which the first is as good as any
    if isinstance(value, list) and is_turns(value):
        return lines_of(value)[-1].text
    if isinstance(value, dict) and is_turns([value]):
        return lines_of([value])[-1].text
    return content_of(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _of_messages(field: str, turns: Any) -> dict[str, str]:
    tags: dict[str, str] = {}
    for k, message in enumerate(turns if isinstance(turns, list) else ()):
        if not isinstance(message, dict) or len(message) <= _BARE:
            continue
        if (names := fields_of(message)) and names[0]:
            kept = known.rest(message, {*names, "tool_calls"})
            tags |= {f"{field}[{k}].{key}": text for key, text in kept.items()}
    return tags
