"""Which replies can be scored, and why the others cannot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.lm.chat import Chat
from remid.lm.prompts import encode_reply
from remid.replies.reply_file import Reply

NOT_THERE = "no reply"
"""Why a dialogue that was not replied to has no reply."""


@dataclass(frozen=True)
class Usable:
    """Replies that can be scored."""

    replies: dict[str, Reply]
    failed: dict[str, str]
    """Dialogue id to the reason why it has no such reply."""


def usable(dialogues: Sequence[Dialogue], replies: Mapping[str, Reply], scorer: Chat) -> Usable:
    """Set apart the dialogues whose reply is absent, empty or too long to be scored whole.

    Parameters
    ----------
    scorer : chat format of the model that will score the replies.
    """
    kept, failed = {}, {}
    for dialogue in dialogues:
        reply = replies.get(dialogue.id)
        reason = fault(reply.reply, scorer) if reply else NOT_THERE
        if reason:
            failed[dialogue.id] = reason
        elif reply:
            kept[dialogue.id] = reply
    return Usable(kept, failed)


def fault(reply: str, scorer: Chat) -> str:
    """Say why a reply cannot be scored; empty where it can."""
    if not reply.strip():
        return "an empty reply"
    try:
        encode_reply(reply, scorer, dialogue_id="")
    except RemidError:
        count = len(scorer.content(reply.strip()))
        return (
            f"a reply of {count:,} tokens, too long to be scored whole; lower reply.max_tokens or "
            "shorten it"
        )
    return ""
