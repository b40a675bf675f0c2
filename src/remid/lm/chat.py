"""A tokenizer's chat format, learned from its own template."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from jinja2.exceptions import TemplateError

from remid.domain.errors import RemidError

SpeakerRole = Literal["system", "user", "assistant"]
PROBES = ("qsystemq", "qfirstq", "qreplyq", "qsecondq")
"""Contents that no template alters; what stands between them is the format."""
FOLLOWS = {"system": ("user",), "user": ("assistant", None), "assistant": ("user",)}


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
    """Before a system message; before the first user message where `system_to_user` is None."""
    opening_without_system: tuple[int, ...]
    """Before the first user message of a chat without a system message."""
    system_to_user: tuple[int, ...] | None
    """None where the template has no system role: it is then folded into the first user turn."""
    user_to_assistant: tuple[int, ...]
    """Between a user's message and a reply that is part of the prompt."""
    user_to_reply: tuple[int, ...]
    """Between the last user message and the reply that is asked for."""
    assistant_to_user: tuple[int, ...]
    end_of_turn: int
    """The token that ends an assistant's turn, and that is scored with the reply."""
    markers: re.Pattern[str]
    """Where any structural token's text begins."""
    fingerprint: str
    """Hash of the template and of what was learned from it."""

    def content(self, text: str) -> list[int]:
        """Tokenise text in which chat markers are nothing but text.

        Tokenizers look for added tokens before anything else, some of them even when told not to;
        text that is cut inside every marker holds none to be found.
        """
        # One character into each marker: "<|im_end|>" becomes "<" and "|im_end|>".
        cuts = [0, *(match.start() + 1 for match in self.markers.finditer(text)), len(text)]
        ids: list[int] = []
        for start, end in pairwise(cuts):
            part = text[start:end]
            ids += self.tokenizer(
                part, add_special_tokens=False, split_special_tokens=True
            ).input_ids
        return ids

    def render(self, messages: Sequence[Message]) -> list[int]:
        """Join messages into the ids of a prompt that ends where the assistant's reply begins."""
        messages = self._fold(messages)
        system = messages[0].role == "system"
        ids = list(self.opening if system else self.opening_without_system)
        for message, following in zip(messages, [*messages[1:], None], strict=True):
            if (following.role if following else None) not in FOLLOWS[message.role]:
                raise ValueError(f"a {message.role} message may not be followed by {following}")
            ids += self.content(message.content.strip())
            if message.role == "system":
                assert self.system_to_user is not None
                ids += self.system_to_user
            elif message.role == "user":
                ids += self.user_to_assistant if following else self.user_to_reply
            else:
                ids += self.assistant_to_user
        return ids

    def first(self, text: str, limit: int | None) -> str:
        """Return the first `limit` tokens of a text; None for all of them."""
        return text if limit is None else self.start(text, self.content(text.strip()), limit)

    def start(self, text: str, ids: Sequence[int], limit: int | None) -> str:
        """Return the first `limit` tokens of a text whose ids are known; None for all of them."""
        if limit is None or len(ids) <= limit:
            return text
        return self.decode(ids[:limit]).strip()

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
    name = tokenizer.name_or_path
    if not getattr(tokenizer, "chat_template", None):
        raise RemidError(
            f"{name}: its tokenizer has no chat template; use an instruction-tuned model, or put a "
            "chat_template.jinja into its folder."
        )
    # The template is run once on contents that cannot occur in it; what it puts between them is
    # the format, tokenised piece by piece.
    without = _pieces(tokenizer, ["user", "assistant", "user"])
    if without is None:
        raise RemidError(
            f"{name}: its chat template refuses a chat of user and assistant, or changes what they "
            "say, so that contents cannot be told from structure; use another template."
        )
    opening, user_to_assistant, assistant_to_user, user_to_reply = without
    opening_without_system, system_to_user = opening, None
    # None also where the template moves the system text, as Mistral's does: it is folded here then.
    with_system = _pieces(tokenizer, ["system", "user", "assistant", "user"])
    if with_system is not None:
        opening, system_to_user, user_to_assistant, assistant_to_user, user_to_reply = with_system
    pieces = [opening, system_to_user or [], user_to_assistant, assistant_to_user, user_to_reply]
    special = set(tokenizer.all_special_ids) | set(tokenizer.added_tokens_decoder)
    # What ends a reply is the first special token between it and the next user turn.
    ends = [token for token in assistant_to_user if token in special]
    if not ends:
        raise RemidError(
            f"{name}: its chat template ends no assistant turn with a special token, so the end of "
            "a reply cannot be scored; use another model or template."
        )
    # len(tokenizer): added tokens change what a text becomes, and are in no template.
    source = json.dumps([tokenizer.chat_template, len(tokenizer), opening_without_system, pieces])
    return Chat(
        tokenizer=tokenizer,
        opening=tuple(opening),
        opening_without_system=tuple(opening_without_system),
        system_to_user=None if system_to_user is None else tuple(system_to_user),
        user_to_assistant=tuple(user_to_assistant),
        user_to_reply=tuple(user_to_reply),
        assistant_to_user=tuple(assistant_to_user),
        end_of_turn=ends[0],
        markers=_markers(tokenizer, {token for piece in pieces for token in piece}),
        fingerprint=hashlib.sha256(source.encode()).hexdigest()[:16],
    )


def _pieces(tokenizer: Any, roles: list[str]) -> list[list[int]] | None:
    """Ids of what stands before, between and after the contents; None where it cannot be told."""
    probes = PROBES[-len(roles) :]
    messages = [{"role": role, "content": probe} for role, probe in zip(roles, probes, strict=True)]
    try:
        text: str = tokenizer.apply_chat_template(
            messages,
            tokenize=False,
            add_generation_prompt=True,
            # Replies come without a thought, and Llama's prompts must not depend on the day.
            enable_thinking=False,
            date_string="01 Jan 2025",
        )
    except TemplateError:  # as Gemma's does for a system role
        return None
    texts = []
    # text = piece probe piece probe ... piece; each partition takes one piece off its front.
    for probe in probes:
        before, found, text = text.partition(probe)
        if not found:
            return None
        texts.append(before)
    texts.append(text)
    return [tokenizer(piece, add_special_tokens=False).input_ids for piece in texts]


def _markers(tokenizer: Any, structural: set[int]) -> re.Pattern[str]:
    """Match before the text of every token that could pass for structure."""
    special = set(tokenizer.all_special_ids)
    texts = [
        str(token)
        for key, token in tokenizer.added_tokens_decoder.items()
        if (getattr(token, "special", False) or key in special or key in structural)
        and len(str(token).strip()) > 1
    ]
    if not texts:
        return re.compile(r"(?!)")  # matches nowhere
    return re.compile("(?=" + "|".join(map(re.escape, sorted(texts))) + ")")
