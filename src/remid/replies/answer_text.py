"""The text of one answer, however an interface or a harness packs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

FIELDS = (
    "reply", "response", "output", "prediction", "completion", "generated_text", "generation",
    "answer", "model_response", "model_output", "output_text", "generated", "predicted", "pred",
    "result", "text", "content", "message", "choices", "candidates", "resps", "filtered_resps",
    "responses", "outputs", "replies", "completions", "predictions", "generations", "body",
    "messages", "conversations", "conversation",
)  # fmt: skip
"""Names under which a reply is looked for, the likelier first."""
_WRAPS = ("body", "response", "result", "message", "choices", "candidates", "output", "content",
          "parts")  # fmt: skip
"""Of an answer of an interface, from the outside in."""
_THOUGHTS = ("reasoning_content", "reasoning", "thinking", "thought")
_CUT = ("length", "max_tokens", "max_output_tokens")
_SPEAKERS = ("assistant", "model", "bot", "gpt", "char", "character", "agent")
_DEPTH = 12


@dataclass(frozen=True)
class AnswerText:
    """What was found."""

    text: str
    thought: str = ""
    """What stands beside the text as reasoning."""
    finished: bool = True
    """False where the answer says that it was cut at a limit."""
    several: bool = False
    """True where there were more answers, of which this is the first."""


class NoText(Exception):
    """There is no text; its message says why."""


def answer_text(value: Any, field: str = "", *, depth: int = 0) -> AnswerText:
    """Find the text of an answer.

    Strings; chat completions, text completions, responses and messages as the usual interfaces and
    their batches give them; lists of answers, of which the first counts; lists of turns or parts.

    Raises
    ------
    NoText
        With the field, where a request failed or there is none.
    """
    place = f"field {field}: " if field else ""
    if isinstance(value, str):
        return AnswerText(value)
    if value is None:
        raise NoText(f"{place}empty")
    if depth > _DEPTH or not isinstance(value, dict | list):
        raise NoText(f"{place}not text but {_kind(value)}")
    if isinstance(value, list):
        return _of_list(value, field, depth)
    return _of_object(value, field, depth)


def _of_object(value: Mapping[str, Any], field: str, depth: int) -> AnswerText:
    place = f"field {field}: " if field else ""
    if failure := _failure(value):
        raise NoText(f"{place}{failure}")
    thought = next((text for key in _THOUGHTS if isinstance(text := value.get(key), str)), "")
    turns = value.get("turns")
    if isinstance(turns, list) and turns:
        return answer_text(turns[-1], _under(field, "turns"), depth=depth + 1)
    for key in (*_WRAPS, *FIELDS):
        inner = value.get(key)
        if inner is None or (inner == "" and key not in ("content", "text")):
            continue
        found = answer_text(inner, _under(field, key), depth=depth + 1)
        reason = value.get("finish_reason") or value.get("stop_reason") or value.get("finishReason")
        cut = isinstance(reason, str) and reason.lower() in _CUT
        return replace(
            found,
            thought="\n".join(filter(None, (thought, found.thought))),
            finished=found.finished and not cut,
        )
    if thought:  # nothing but reasoning came
        return AnswerText("", thought, finished=False)
    raise NoText(f"{place}an object without a text")


def _of_list(value: Sequence[Any], field: str, depth: int) -> AnswerText:
    place = f"field {field}: " if field else ""
    if not value:
        raise NoText(f"{place}an empty list")
    if all(isinstance(item, dict) for item in value):
        speakers = [str(item.get("role", item.get("from", ""))) for item in value]
        if all(speakers):
            if speakers[-1].lower() not in _SPEAKERS:
                raise NoText(f"{place}its last message is not the model's")
            last = value[-1]
            return answer_text(last.get("content", last.get("value", last)), field, depth=depth + 1)
        if any("type" in item for item in value) or field.endswith("parts"):
            return _of_parts(value, field, depth)
    found = answer_text(value[0], field, depth=depth + 1)
    return replace(found, several=found.several or len(value) > 1)


def _of_parts(value: Sequence[Mapping[str, Any]], field: str, depth: int) -> AnswerText:
    """Join the texts of the parts of one message, and set its reasoning apart."""
    texts, thoughts, finished = [], [], True
    for part in value:
        kind = str(part.get("type", "text"))
        if kind in ("thinking", "reasoning", "redacted_thinking") or part.get("thought") is True:
            thoughts += [text for text in part.values() if isinstance(text, str) and text != kind]
        elif kind in ("text", "output_text", "message"):
            inner = answer_text(part.get("text", part.get("content")), field, depth=depth + 1)
            texts.append(inner.text)
            thoughts += [inner.thought] if inner.thought else []
            finished = finished and inner.finished
    return AnswerText("".join(texts), "\n".join(thoughts), finished)


def _failure(value: Mapping[str, Any]) -> str:
    """Say why a request failed; empty if it did not."""
    error = value.get("error")
    if error and not any(value.get(key) for key in ("choices", "content", "text", "output")):
        told = error.get("message") or error.get("code") if isinstance(error, dict) else error
        status = value.get("response")
        if not told and isinstance(status, dict):
            told = status.get("status_code")
        return f"the request failed ({' '.join(str(told).split())[:80]})"
    status = value.get("status_code")
    if isinstance(status, int) and not 200 <= status < 300:
        return f"the request failed (status {status})"
    if value.get("type") in ("errored", "canceled", "expired"):
        return f"the request {value['type']}"
    return ""


def _under(field: str, key: str) -> str:
    return f"{field}.{key}" if field else key


def _kind(value: object) -> str:
    kinds = {bool: "a truth value", int: "a number", float: "a number"}
    return kinds.get(type(value), "something nested too deeply")
