"""The three prompts of the project, and replies as token ids."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.trace import HEADINGS
from remid.lm.chat import Chat, Message, SpeakerRole
from remid.lm.templates import Templates

NAMES = {"user": "User", "character": "Character"}
ROLES: dict[str, SpeakerRole] = {"user": "user", "character": "assistant"}


@dataclass(frozen=True)
class Prompt:
    """Messages that end with the user's."""

    dialogue_id: str
    messages: tuple[Message, ...]
    shorter: Callable[[], "Prompt"] | None = None
    """The same prompt without its oldest user turn and the reply to it; None when none is left."""
    dropped_turns: int = 0
    opening: str = ""
    """How every reply begins; part of the prompt, and not scored."""


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


def responder_prompt(dialogue: Dialogue, trace: str, own: Templates | None = None) -> Prompt:
    """What the responder is given; with an empty trace it is the plain role-play prompt.

    The trace comes last, so that the rollouts of one dialogue share everything before it.

    Parameters
    ----------
    own : templates of a user's, in the place of the built-in prompt.
    """
    write = own.responder if own and own.own_responder else _play
    return _prompt(dialogue, partial(write, trace=trace), own.opening if own else "")


def reasoner_prompt(dialogue: Dialogue, own: Templates | None = None) -> Prompt:
    """What the reasoner is given: X as text, never the reference reply."""
    return _prompt(dialogue, own.reasoner if own and own.own_reasoner else _reason)


def encode(prompt: Prompt, chat: Chat, *, max_tokens: int) -> EncodedPrompt:
    """Turn a prompt into ids, dropping the oldest turns when it is too long.

    Raises
    ------
    RemidError
        When it does not fit without cutting the persona, the character, the trace or the last turn.
    """
    while True:
        ids = [*chat.render(prompt.messages), *chat.content(prompt.opening)]
        if len(ids) <= max_tokens:
            return EncodedPrompt(prompt.dialogue_id, tuple(ids), prompt.dropped_turns)
        if prompt.shorter is None:
            raise RemidError(
                f"dialogue {prompt.dialogue_id!r}: its prompt needs {len(ids)} tokens without any "
                f"older turn, and the limit (model.max_prompt_tokens) is {max_tokens}; raise it or "
                "shorten persona and character."
            )
        prompt = prompt.shorter()


LONGEST_TOKEN = 128
"""Characters of the longest tokens in use: runs of spaces."""


def encode_reply(
    text: str, chat: Chat, *, dialogue_id: str, max_tokens: int = 2048
) -> tuple[int, ...]:
    """Turn a reply into ids, its end of turn last.

    Raises
    ------
    RemidError
        When it is empty or longer than `max_tokens`; a cut reply would not be the same reply.
    """
    if len(text) > max_tokens * LONGEST_TOKEN:
        # Tokenising takes 200 bytes a character: 2.2 GB for 10 MB that cannot fit in any case.
        raise RemidError(
            f"dialogue {dialogue_id!r}: its reply has {len(text):,} characters, more than "
            f"{max_tokens} tokens can hold; shorten it or leave the dialogue out."
        )
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


def _prompt(
    dialogue: Dialogue, write: Callable[[Dialogue], tuple[Message, ...]], opening: str = ""
) -> Prompt:
    if not dialogue.context or dialogue.context[-1].role != "user":
        raise RemidError(
            f"dialogue {dialogue.id!r}: its context does not end with a user turn, so there is "
            "nothing to reply to; drop its last turns or give it one of the user's."
        )
    return _shortened(dialogue, write, 0, opening)


def _shortened(
    dialogue: Dialogue,
    write: Callable[[Dialogue], tuple[Message, ...]],
    dropped: int,
    opening: str,
) -> Prompt:
    # The oldest turns are those before the second time that the user takes the word.
    places = range(1, len(dialogue.context))
    turn = dialogue.context
    second = next((k for k in places if turn[k].role == "user" != turn[k - 1].role), None)
    shorter = second and partial(
        _shortened, replace(dialogue, context=turn[second:]), write, dropped + second, opening
    )
    return Prompt(dialogue.id, write(dialogue), shorter or None, dropped, opening)


def _play(dialogue: Dialogue, trace: str) -> tuple[Message, ...]:
    system = (
        "Play this character in a chat and stay in character.\n"
        f"Character: {dialogue.character}\nUser: {dialogue.persona or 'unknown'}"
    )
    turns: list[Message] = []
    if dialogue.context[0].role == "character":
        turns.append(Message("user", "[The character speaks first.]"))
    for turn in dialogue.context:
        if turns and turns[-1].role == ROLES[turn.role]:  # a speaker with two turns in a row
            text = f"{turns.pop().content}\n{turn.text}"
        else:
            text = turn.text
        turns.append(Message(ROLES[turn.role], text))
    if trace:
        turns[-1] = Message("user", f"{turns[-1].content}\n\n[Notes]\n{trace}")
    return (Message("system", system), *turns)


def _reason(dialogue: Dialogue) -> tuple[Message, ...]:
    system = (
        "Think about what a good next reply of the character needs. Write notes under the headings "
        + ", ".join(f"## {heading}" for heading in HEADINGS)
        + "; under Features, list them as short lines."
    )
    turns = "\n".join(f"{NAMES[turn.role]}: {turn.text}" for turn in dialogue.context)
    content = (
        f"Character: {dialogue.character}\nUser: {dialogue.persona or 'unknown'}\n"
        f"Dialogue:\n{turns}"
    )
    return (Message("system", system), Message("user", content))
