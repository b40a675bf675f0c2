"""What is wrong with the text and turns of one dialogue, whatever file it came from."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from remid.domain.dialogue import Dialogue

# C0 and C1 controls but tab and newline, line separators, bidirectional overrides, a byte-order
# mark, and the replacement character that a broken decoding leaves.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffd\ud800-\udfff]"
)
_TEMPLATE = re.compile(
    r"<\|[^|<>\s]{1,40}\|>|<｜[^｜<>]{1,40}｜>|\[/?INST\]|<</?SYS>>|</?s>"
    r"|<(?:start_of_turn|end_of_turn|bos|eos|pad|unk)>|</?think>"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule."""

    rule: str
    """Key of `RULES`."""
    reason: str
    """What is wrong, with the field."""


def faults(dialogue: Dialogue) -> tuple[Fault, ...]:
    """Return every rule of `RULES` that a dialogue breaks; empty if it is sound."""
    told = ((name, rule(dialogue)) for name, rule in RULES.items())
    return tuple(Fault(name, reason) for name, reason in told if reason)


def texts(dialogue: Dialogue) -> Iterator[tuple[str, str]]:
    """Yield (field, text) of everything that a model may read."""
    yield "id", dialogue.id
    yield "persona", dialogue.persona
    yield "character", dialogue.character
    for k, turn in enumerate(dialogue.context):
        yield f"context[{k}]", turn.text
    yield "reference", dialogue.reference
    yield "trace", dialogue.trace


def turns_alternate(dialogue: Dialogue) -> str:
    """User and character take turns; either may begin."""
    roles = [turn.role for turn in dialogue.context]
    for k in range(1, len(roles)):
        if roles[k] == roles[k - 1]:
            return f"context[{k}]: two turns in a row by the {roles[k]}"
    return ""


def context_ends_with_user(dialogue: Dialogue) -> str:
    """The reply answers a user turn."""
    if not dialogue.context:
        return "context: holds no turn"
    last = dialogue.context[-1].role
    return "" if last == "user" else f"context[-1]: ends with the {last}, not the user"


def not_empty(dialogue: Dialogue) -> str:
    """Nothing is empty but the persona and the trace, which a corpus may lack."""
    for field, text in texts(dialogue):
        if not text.strip() and field not in ("persona", "trace"):
            return f"{field}: empty"
    return ""


def no_control_characters(dialogue: Dialogue) -> str:
    """No control character but newline and tab, nor the traces of a broken encoding."""
    for field, text in texts(dialogue):
        if hit := _CONTROL.search(text):
            return f"{field}: character U+{ord(hit[0]):04X} at {hit.start()}"
    return ""


def no_template_markers(dialogue: Dialogue) -> str:
    """No marker of a chat template, which a model would take for the end of a turn."""
    for field, text in texts(dialogue):
        if hit := _TEMPLATE.search(text):
            return f"{field}: chat-template marker {hit[0]!r} at {hit.start()}"
    return ""


RULES: dict[str, Callable[[Dialogue], str]] = {
    "turns_alternate": turns_alternate,
    "context_ends_with_user": context_ends_with_user,
    "not_empty": not_empty,
    "no_control_characters": no_control_characters,
    "no_template_markers": no_template_markers,
}
"""Name of each rule and its test, which returns the reason or nothing."""
