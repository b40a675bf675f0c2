"""The three prompts of the project, and replies as token ids."""

from dataclasses import dataclass, replace

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.scoring.chat import Chat, Message

HEADINGS = ("User", "Character", "Dialogue", "Features")
"""Of a reasoning trace, in order; the last holds the feature block."""


@dataclass(frozen=True)
class Prompt:
    """Messages that end with the user's."""

    dialogue_id: str
    messages: tuple[Message, ...]
    droppable: int = 0
    """Exchanges (user and reply) after the system message that may be dropped, oldest first."""


@dataclass(frozen=True)
class EncodedPrompt:
    """A prompt as token ids."""

    dialogue_id: str
    ids: tuple[int, ...]
    dropped_turns: int
    """Turns left out so that it fits."""


def roleplay_prompt(dialogue: Dialogue) -> Prompt:
    """What a model under test is given: it plays the character and talks with this user."""
    return responder_prompt(dialogue, "")


def responder_prompt(dialogue: Dialogue, trace: str) -> Prompt:
    """What the responder is given; with an empty trace it is the plain role-play prompt.

    The trace comes last, so that the rollouts of one dialogue share everything before it.
    """
    system = (
        "Play this character in a chat and stay in character.\n"
        f"Character: {dialogue.character}\nUser: {dialogue.persona or 'unknown'}"
    )
    roles = {"user": "user", "character": "assistant"}
    turns = [Message(roles[turn.role], turn.text) for turn in dialogue.context]  # type: ignore[arg-type]
    if trace:
        turns[-1] = replace(turns[-1], content=f"{turns[-1].content}\n\n[Notes]\n{trace}")
    return Prompt(dialogue.id, (Message("system", system), *turns), (len(turns) - 1) // 2)


def reasoner_prompt(dialogue: Dialogue) -> Prompt:
    """What the reasoner is given: X as text, never the reference reply."""
    system = (
        "Think about what a good next reply of the character needs. Write notes under the headings "
        + ", ".join(f"## {heading}" for heading in HEADINGS)
        + "; under Features, list them as short lines."
    )
    names = {"user": "User", "character": "Character"}
    turns = "\n".join(f"{names[turn.role]}: {turn.text}" for turn in dialogue.context)
    content = (
        f"Character: {dialogue.character}\nUser: {dialogue.persona or 'unknown'}\n"
        f"Dialogue:\n{turns}"
    )
    return Prompt(dialogue.id, (Message("system", system), Message("user", content)))


def encode(prompt: Prompt, chat: Chat, *, max_tokens: int) -> EncodedPrompt:
    """Turn a prompt into ids, dropping the oldest exchanges when it is too long.

    Raises
    ------
    RemidError
        When it does not fit without cutting the persona, the character, the trace or the last turn.
    """
    for dropped in range(prompt.droppable + 1):
        messages = (prompt.messages[0], *prompt.messages[1 + 2 * dropped :])
        ids = chat.render(messages)
        if len(ids) <= max_tokens:
            return EncodedPrompt(prompt.dialogue_id, tuple(ids), 2 * dropped)
    raise RemidError(
        f"dialogue {prompt.dialogue_id!r}: its prompt needs {len(ids)} tokens without any older turn, "
        f"and model.max_prompt_tokens is {max_tokens}; raise it or shorten persona and character."
    )


def encode_reply(
    text: str, chat: Chat, *, dialogue_id: str, max_tokens: int = 2048
) -> tuple[int, ...]:
    """Turn a reply into ids, its end of turn last.

    Raises
    ------
    RemidError
        When it is empty or longer than `max_tokens`; a cut reply would not be the same reply.
    """
    ids = (*chat.content(text.strip()), chat.end_of_turn)
    if len(ids) == 1:
        raise RemidError(
            f"dialogue {dialogue_id!r}: its reply is empty, so it has no probability to speak of; "
            "reply to it again or leave the dialogue out."
        )
    if len(ids) > max_tokens:
        raise RemidError(
            f"dialogue {dialogue_id!r}: its reply has {len(ids)} tokens, more than {max_tokens}; "
            "shorten it or leave the dialogue out."
        )
    return ids
