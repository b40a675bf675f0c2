"""Which replies can be scored, and why the others cannot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.lm.chat import Chat
from remid.lm.prompts import encode_reply
from remid.replies.reply_file import Reply

MOST_COUNTED = 200_000
"""Characters of the longest reply whose tokens are counted, to say by how much it is too long."""
NOT_THERE = "no reply"
"""Why a dialogue that was not replied to has no reply."""


@dataclass(frozen=True)
class ScorableReply:
    """A reply as the scoring model reads it, tokenised once."""

    text: str
    ids: tuple[int, ...]
    """Its tokens with its end of turn."""


@dataclass(frozen=True)
class Scorable:
    """Replies that can be scored."""

    rows: dict[str, Reply]
    """Dialogue id to the row of the reply file."""
    replies: dict[str, ScorableReply]
    """The same replies, tokenised."""
    failed: dict[str, str]
    """Dialogue id to the reason why it has no such reply."""


def scorable(dialogues: Sequence[Dialogue], rows: Mapping[str, Reply], scorer: Chat) -> Scorable:
    """Set apart the dialogues whose reply is absent, empty or too long to be scored whole.

    Parameters
    ----------
    scorer : chat format of the model that will score the replies.
    """
    found = Scorable({}, {}, {})
    for dialogue in dialogues:
        # By dialogue, not by row: what has no row is a gap that must be told.
        row = rows.get(dialogue.id)
        if row is None:
            found.failed[dialogue.id] = NOT_THERE
            continue
        reply = tokenised(row.reply, scorer)
        if isinstance(reply, str):
            found.failed[dialogue.id] = reply
        else:
            found.rows[dialogue.id] = row
            found.replies[dialogue.id] = reply
    return found


def tokenised(text: str, scorer: Chat) -> ScorableReply | str:
    """Tokenise a reply; where it cannot be scored, say why."""
    if not text.strip():
        return "an empty reply"
    try:
        return ScorableReply(text, encode_reply(text, scorer, dialogue_id=""))
    # Too long for the window behind any prompt: said with its length.
    except RemidError:
        if len(text) > MOST_COUNTED:
            return f"a reply of {len(text):,} characters, too long to be scored whole; shorten it"
        count = len(scorer.content(text.strip()))
        return (
            f"a reply of {count:,} tokens, too long to be scored whole; lower reply.max_tokens or "
            "shorten it"
        )


def fault(text: str, scorer: Chat) -> str:
    """Say why a reply cannot be scored; empty where it can."""
    # A reason is a text, a reply is not.
    found = tokenised(text, scorer)
    return found if isinstance(found, str) else ""
