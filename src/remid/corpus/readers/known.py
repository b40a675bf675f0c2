"""The names under which the files of others hold what a dialogue needs."""

from functools import lru_cache
from typing import Any

from remid.corpus.conversation import Side, described
from remid.corpus.sample import as_text

TURNS = (
    "messages", "conversations", "conversation", "dialogue", "dialog", "dialogs", "turns", "chat",
    "chat_messages",
    "chat_history", "candidate_messages", "conversation_a", "utterances",
)  # fmt: skip
"""Fields that hold a list of messages."""
ROLE = ("role", "from", "speaker", "sender", "author", "author_role", "character", "name")
"""Fields of a message that tell who speaks."""
TEXT = (
    "content", "value", "text", "message", "utterance", "sentences", "parts", "body", "mes", "data",
)  # fmt: skip
"""Fields of a message that hold what is said."""
FLAGS = ("is_human", "is_user", "isUser", "isHuman", "from_user")
"""Fields of a message that are true where the user speaks."""
SIDES: dict[str, Side] = {
    **dict.fromkeys(
        "user human prompter you player customer person usr user_query query question visitor "
        "seeker me".split(),
        "user",
    ),
    **dict.fromkeys(
        "assistant gpt model bot char character ai chatgpt chatbot bing bard llm npc agent "
        "agent_response response reply answer claude assistant_response chosen".split(),
        "character",
    ),
    **dict.fromkeys("system developer instruction note authors_note narrator".split(), "note"),
}  # fmt: skip
"""Role, in small letters, to the side that it is."""
TOOLS = frozenset(
    "tool function ipython observation function_call function_response tool_call tool_result "
    "function-call function-response gpt_tool".split()
)
"""Roles of what is said to and by tools."""
ID = (
    "id", "conversation_id", "conversation_hash", "dialogue_id", "dialog_id", "chat_id", "uuid",
    "sample_id", "sample_ID", "prompt_id", "question_id", "submission_id", "_id",
)  # fmt: skip
PERSONA = (
    "persona", "user_persona", "user_profile", "user_description", "user_character", "personas",
)  # fmt: skip
CHARACTER = (
    "system", "system_prompt", "system_message", "character", "agent_character", "char_persona",
    "character_description", "character_profile", "char_description", "bot_description",
    "bot_persona", "bot_definitions", "role_profile", "role_description", "npc_profile",
    "agent_profile", "profile", "context_system", "background",
)  # fmt: skip
NAME = ("character_name", "char_name", "bot_name", "role_name", "npc_name", "agent_name")
SCENE = ("scenario", "scene", "setting", "world_scenario")
LANGUAGE = ("language", "lang")
REPLY = (
    "reference", "ideal", "chosen", "completion", "output", "response", "answer", "reply",
    "target", "golden_response", "agent_golden_response", "reference_answer", "reference_reply",
    "expected_output", "expected", "assistant", "bot", "gpt", "generated", "assistant_message",
    "bot_reply", "model_response",
)  # fmt: skip
"""Fields that hold one reply."""
ASKED = (
    "prompt", "instruction", "question", "query", "user", "human", "input", "user_message",
    "user_input", "message", "utterance",
)  # fmt: skip
"""Fields that hold what the reply answers."""
NOTHING: tuple[object, ...] = (None, "", [], {})
"""What a field holds that might as well be absent."""


@lru_cache(1024)
def side_of(role: str) -> Side | None:
    """Return the side of a role under any of its known names; None if it is none of them."""
    return SIDES.get(role.strip().lower().replace(" ", "_"))


def first(value: dict[str, Any], names: tuple[str, ...]) -> str:
    """Return the first of some fields that is there and holds something; empty if none does."""
    for name in _among(tuple(value), names):
        if value[name] not in NOTHING:
            return name
    return ""


@lru_cache(4096)
def _among(keys: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names that are keys; records of one file have the same keys again and again."""
    return tuple(name for name in names if name in keys)


def text_of(value: dict[str, Any], names: tuple[str, ...]) -> str:
    """Return what the first of some fields holds, as text."""
    name = first(value, names)
    return described(value[name]) if name else ""


def id_of(value: dict[str, Any]) -> str:
    """Return a record's id, numbers as text; empty if it has none."""
    found = value.get(first(value, ID))
    if isinstance(found, bool) or not isinstance(found, (str, int)):
        return ""
    return " ".join(str(found).split())


def at(value: Any, path: str) -> Any:
    """Return what a dotted field holds; None if it is not there."""
    if isinstance(value, dict) and path in value:
        return value[path]
    for key in path.split("."):
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return value


def rest(value: dict[str, Any], used: frozenset[str] | set[str]) -> dict[str, str]:
    """Keep every field that is not used and holds something, as tags."""
    return {
        str(key): as_text(item)
        for key, item in value.items()
        if key not in used and item not in NOTHING
    }
