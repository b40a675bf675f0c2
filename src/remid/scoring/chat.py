"""A tokenizer's chat format, learned from its own template."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jinja2.exceptions import TemplateError

from remid.domain.errors import RemidError

SpeakerRole = Literal["system", "user", "assistant"]
PROBES = ("qsystemq", "qfirstq", "qreplyq", "qsecondq")
"""Contents that no template alters; what stands between them is the format."""


@dataclass(frozen=True)
class Message:
    """One message of a prompt; its content is text, never structure."""

    role: SpeakerRole
    content: str


@dataclass(frozen=True, eq=False)
class Chat:
    """The literal pieces between messages, as token ids, and the tokenizer for the contents."""

    tokenizer: Any
    opening: tuple[int, ...]
    """Before the first message."""
    system_to_user: tuple[int, ...] | None
    """None where the template has no system role: it is then folded into the first user turn."""
    user_to_assistant: tuple[int, ...]
    assistant_to_user: tuple[int, ...]
    end_of_turn: int
    """The token that ends an assistant's turn, and that is scored with the reply."""
    fingerprint: str
    """Hash of the template and the vocabulary."""

    def content(self, text: str) -> list[int]:
        """Tokenise text in which chat markers are nothing but text."""
        ids: list[int] = self.tokenizer(
            text, add_special_tokens=False, split_special_tokens=True
        ).input_ids
        return ids

    def render(self, messages: Sequence[Message]) -> list[int]:
        """Join messages into the ids of a prompt that ends where the assistant's reply begins."""
        messages = self._fold(messages)
        ids = list(self.opening)
        for message, following in zip(messages, [*messages[1:], None], strict=True):
            ids += self.content(message.content)
            if message.role == "system":
                assert self.system_to_user is not None
                ids += self.system_to_user
            elif message.role == "user":
                ids += self.user_to_assistant
            elif following is not None:
                ids += self.assistant_to_user
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Text of a reply's ids."""
        text: str = self.tokenizer.decode(list(ids), skip_special_tokens=True)
        return text

    def _fold(self, messages: Sequence[Message]) -> Sequence[Message]:
        if messages[0].role != "system" or self.system_to_user is not None:
            return messages
        first = Message("user", f"{messages[0].content}\n\n{messages[1].content}")
        return [first, *messages[2:]]


def learn(tokenizer: Any) -> Chat:
    """Read the chat format off the tokenizer's template.

    Raises
    ------
    RemidError
        When there is no chat template, or it alters the contents it is given.
    """
    if not getattr(tokenizer, "chat_template", None):
        raise RemidError(
            f"{tokenizer.name_or_path}: its tokenizer has no chat template; use an instruction-tuned "
            "model, or put a chat_template.jinja into its folder."
        )
    with_system = _render(tokenizer, ["system", "user", "assistant", "user"])
    without = _render(tokenizer, ["user", "assistant", "user"])
    if without is None:
        raise RemidError(f"{tokenizer.name_or_path}: its chat template refuses user and assistant turns.")
    folded = with_system is None or "qsystemq" not in with_system
    pieces = _pieces(tokenizer, without if folded else with_system, 3 if folded else 4)
    system_to_user = None if folded else pieces.pop(1)
    opening, user_to_assistant, assistant_to_user, _ = pieces
    special = set(tokenizer.all_special_ids) | set(tokenizer.added_tokens_decoder)
    ends = [token for token in assistant_to_user if token in special]
    if not ends:
        raise RemidError(
            f"{tokenizer.name_or_path}: its chat template ends no assistant turn with a special "
            "token, so the end of a reply cannot be scored; use another model or template."
        )
    source = f"{tokenizer.chat_template}\n{len(tokenizer)}"
    return Chat(
        tokenizer=tokenizer,
        opening=tuple(opening),
        system_to_user=None if system_to_user is None else tuple(system_to_user),
        user_to_assistant=tuple(user_to_assistant),
        assistant_to_user=tuple(assistant_to_user),
        end_of_turn=ends[0],
        fingerprint=hashlib.sha256(source.encode()).hexdigest()[:16],
    )


def _render(tokenizer: Any, roles: list[str]) -> str | None:
    messages = [
        {"role": role, "content": probe} for role, probe in zip(roles, PROBES[-len(roles) :], strict=True)
    ]
    try:
        text: str = tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True
        )
    except TemplateError:  # as Gemma's does for a system role
        return None
    return text


def _pieces(tokenizer: Any, text: str | None, count: int) -> list[list[int]]:
    assert text is not None
    texts = []
    for probe in PROBES[-count:]:
        before, found, text = text.partition(probe)
        if not found:
            raise RemidError(
                f"{tokenizer.name_or_path}: its chat template changes the contents of messages, so "
                "they cannot be told from structure; use another template."
            )
        texts.append(before)
    texts.append(text)
    return [tokenizer(piece, add_special_tokens=False).input_ids for piece in texts]
