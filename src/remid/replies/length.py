"""How many tokens of a reply are scored: the same share of what references say, in every split."""

from collections.abc import Mapping, Sequence

import numpy as np

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.lm.chat import Chat

LEAST = 8
"""Fewest tokens that are scored."""


def reply_limits(
    splits: Mapping[str, Sequence[Dialogue]], chat: Chat, share: float
) -> dict[str, int | None]:
    """Tokens of every reply that are scored, by split; None where the share is 1: all of them.

    A split's limit is the share of the median of its references' tokens, so that in every language
    as much of what is said is looked at. Replies and references have one limit, so that a reply
    that was cut there is not set against a reference that says more.

    Raises
    ------
    RemidError
        When a split has no reference to measure.
    """
    if share == 1:
        return dict.fromkeys(splits)
    limits: dict[str, int | None] = {}
    for split, members in splits.items():
        # Tokens of the model that scores: a word of one language is ten of its tokens in another.
        counts = [len(chat.content(d.reference.strip())) for d in members if d.reference.strip()]
        if not counts:
            raise RemidError(
                f"{split}: no dialogue has a reference reply, so how long replies are is not known; "
                "add references, or set evaluate.reply_share to 1."
            )
        # The median: one long reference must not lengthen all.
        limits[split] = max(LEAST, round(share * float(np.median(counts))))
    return limits
