"""Which tokens of a reply are copied from its own dialogue."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from remid.domain.dialogue import Dialogue
from remid.lm.chat import Chat

RUN_BYTES = 18
"""Shortest run, in UTF-8 bytes, that counts as copied: 18 Latin letters, 6 Chinese characters.
Shorter ones (names, set phrases) stand in references too."""


def copied_tokens(chat: Chat, ids: Sequence[int], dialogue: Dialogue) -> NDArray[np.bool_]:
    """Mark the tokens that lie inside a run of the dialogue's own turns, shape (len(ids),).

    The end of turn is never copied. Letters are compared in lower case.
    """
    text, ends = _spans(chat, ids)
    copied = copied_characters(text, "\n".join(turn.text for turn in dialogue.context))
    starts = [0, *ends][: len(ends)]
    mask = [
        # A token of part of a character belongs to the character that it begins or goes on with.
        bool(copied[start : max(end, start + 1)].all()) and start < len(text)
        for start, end in zip(starts, ends, strict=True)
    ]
    return np.array(mask, dtype=bool)


def copied_characters(text: str, source: str, *, least: int = RUN_BYTES) -> NDArray[np.bool_]:
    """Mark the characters of `text` in runs of at least `least` bytes that stand in `source`.

    >>> copied_characters("So: the old sea, you say", "by the old sea we sat", least=8).sum()
    12
    """
    here, there = _lower(text), _lower(source)
    widths = [len(character.encode("utf-8", "replace")) for character in here]
    mask = np.zeros(len(here), dtype=bool)
    end, size = 0, 0
    for start in range(len(here)):
        # The shortest window from `start` that is long enough.
        while end < len(here) and size < least:
            size += widths[end]
            end += 1
        if size < least:
            break
        if here[start:end] in there:
            mask[start:end] = True
        size -= widths[start]
    return mask


def _lower(text: str) -> str:
    # Lower case without changing the number of characters, so that places stay.
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


def _spans(chat: Chat, ids: Sequence[int]) -> tuple[str, list[int]]:
    """Text of the ids, and where in it each token ends."""
    ends = [len(chat.decode(ids[: k + 1]).rstrip("\ufffd")) for k in range(len(ids))]
    return chat.decode(ids), [int(end) for end in np.maximum.accumulate(ends)] if ends else []
