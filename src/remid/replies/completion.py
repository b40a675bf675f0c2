"""What a server sent, read as one answer of a chat completion; each odd one is its own fault."""

import json
from dataclasses import dataclass
from typing import Any

from remid.replies.answer_text import NoText, answer_text


@dataclass(frozen=True)
class Answer:
    """What came back."""

    text: str
    tokens: int | None
    finished: bool
    """False where it was cut at the token limit."""
    thought: str = ""
    """What the server sets apart as reasoning."""


class NotJson(Exception):
    """The body is no JSON: perhaps a web page, whose start is the message."""


def read_answer(body: bytes) -> Answer | str:
    """Take the answer out of a body; a string says why there is none.

    Raises
    ------
    NotJson
        With the start of the body.
    """
    try:
        # A body nested a thousand deep is as little an answer as one that is no JSON.
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise NotJson(body[:200].decode("utf-8", "replace").strip()[:60]) from None
    choices = value.get("choices") if isinstance(value, dict) else None
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return "its answer holds no choices"
    message = choices[0].get("message")
    if not isinstance(message, dict):
        return "its answer holds no choices"
    try:
        text = _text(message.get("content"))
    except NoText as fault:
        return f"the content of its answer is {fault}"
    thought = message.get("reasoning_content") or message.get("reasoning")
    thought = thought if isinstance(thought, str) else ""
    if not _is_unicode(text + thought):
        return "its answer holds half a character (a lone surrogate)"
    finished = choices[0].get("finish_reason") != "length"
    return Answer(text.strip(), _tokens(value.get("usage")), finished, thought.strip())


def _text(content: Any) -> str:
    """Text as it is, a list of parts joined; nothing is an empty text."""
    if content is None or content == []:
        return ""
    return content if isinstance(content, str) else answer_text(content).text


def _tokens(usage: Any) -> int | None:
    """Count of the server's own, where it is one."""
    count = usage.get("completion_tokens") if isinstance(usage, dict) else None
    if not isinstance(count, int) or isinstance(count, bool):
        return None
    return count if 0 <= count < 2**31 else None


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
