"""Role-play benchmarks whose records are conversations of named people or single questions."""

import re
from typing import Any

from remid.corpus.containers import Record
from remid.corpus.conversation import Conversation, Line, Unfit, described
from remid.corpus.options import Options
from remid.corpus.readers import transcript
from remid.corpus.readers.known import id_of, rest

_THOUGHT = re.compile(r"\[[^\[\]]*\]\s*")


def charactereval_score(value: Any) -> float:
    """Say how surely a record is CharacterEval's."""
    return _share(value, "role", "context", "novel_name", "id")


def charactereval(record: Record, options: Options) -> Conversation:
    """Read ``{"id", "role", "novel_name", "context"}`` (Tu et al. 2024).

    The context is a text of turns with names; the role is played, the others are the user's side.
    The set has no replies of its own: the role's last turn in the context is the reference.
    """
    del options
    value = record.value
    role, context = value.get("role"), value.get("context")
    if not isinstance(role, str) or not isinstance(context, str):
        raise Unfit("no role and context")
    lines = transcript.lines_of(context)
    return Conversation(
        where=record.where,
        lines=lines,
        id=id_of(value),
        tags=rest(value, {"context"}),
        people={role: described(value.get("profile") or value.get("role_profile"))},
    )


def coser_score(value: Any) -> float:
    """Say how surely a record is CoSER's."""
    if isinstance(value, dict) and isinstance(value.get("dialogues"), list):
        return 0.2 + 0.8 * _share(value, "key_characters", "character_profiles", "scenario")
    return 0.0


def coser(record: Record, options: Options) -> Conversation:
    """Read ``{"dialogues": [{"character", "message"}], "character_profiles", ...}`` (Wang 2025).

    Everybody with a profile may be played: the last of them who answers somebody is. Thoughts, in
    square brackets, are only their thinker's, so those of the others are taken out.
    """
    del options
    value = record.value
    profiles = value.get("character_profiles")
    if not isinstance(profiles, dict):
        raise Unfit("no character_profiles")
    motives = {
        person.get("name"): described(person.get("motivation"))
        for person in value.get("key_characters") or ()
        if isinstance(person, dict)
    }
    lines = []
    for message in value.get("dialogues") or ():
        if not isinstance(message, dict) or not isinstance(message.get("message"), str):
            raise Unfit("a message that is none")
        lines.append(Line("user", message["message"], str(message.get("character") or "")))
    people = {
        name: "\n".join(text for text in (described(about), motives.get(name, "")) if text)
        for name, about in profiles.items()
    }
    # The last who speaks and has a profile: their line is the reply.
    played = next((line.name for line in reversed(lines) if line.name in people), "")
    others = {line.name for line in lines} - {played}
    # With several others nobody is the user.
    persona = described(profiles.get(others.pop())) if len(others) == 1 else ""
    return Conversation(
        where=record.where,
        persona=persona,
        lines=[
            line if line.name == played else Line("user", _THOUGHT.sub("", line.text), line.name)
            for line in lines
        ],
        id=id_of(value),
        scene=described(value.get("scenario")),
        tags=rest(value, {"dialogues", "character_profiles", "key_characters", "scenario"}),
        people={played: people[played]} if played else {},
    )


def rolebench_score(value: Any) -> float:
    """Say how surely a record is RoleBench's."""
    return _share(value, "role", "question", "generated")


def rolebench(record: Record, options: Options) -> Conversation:
    """Read ``{"role", "question", "generated": [...]}`` (Wang et al. 2024).

    The first of the generated replies is the reference; the others stay in the tag `generated`.
    """
    del options
    value = record.value
    question, replies = value.get("question"), value.get("generated")
    replies = replies if isinstance(replies, list) else [replies]
    if not replies or not all(isinstance(text, str) for text in [question, *replies]):
        raise Unfit("no question and generated replies")
    kept = rest(value, {"role", "question", "generated", "desc", "description"})
    return Conversation(
        where=record.where,
        lines=[Line("user", str(question)), Line("character", replies[0])],
        id=id_of(value),
        name=described(value.get("role")),
        character=described(value.get("desc") or value.get("description")),
        tags=kept | (rest({"generated": replies[1:]}, set()) if len(replies) > 1 else {}),
    )


def _share(value: Any, *fields: str) -> float:
    """Return the share of fields that a record has."""
    if not isinstance(value, dict):
        return 0.0
    return sum(field in value for field in fields) / len(fields)
