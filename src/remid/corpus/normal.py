"""Texts and turns as people have them, made regular before anything is checked."""

import re
from collections import Counter
from collections.abc import Iterable

from remid.domain.dialogue import Turn

JOINED = "turns of one side in a row, joined"
EMPTY = "empty turns, dropped"
SURROGATE = "halves of a character, replaced"
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_IRREGULAR = re.compile("[\r\x0b\x0c\x85\u2028\u2029\ufeff\ud800-\udfff]")
REPLACEMENT = "\u25a1"
"""Stands for half a character: a white square, since U+FFFD tells of a broken decoding."""


def regular(text: str, counts: Counter[str]) -> str:
    """Return a text with every line end as a newline, and count lone surrogates, replaced.

    U+2028 and U+2029 are line ends, a byte-order mark is taken out, and two surrogates that belong
    together, as a decoder may leave them, become the one character that they are.
    """
    if not _IRREGULAR.search(text):
        return text
    text = _LINE_END.sub("\n", text).replace("\ufeff", "")
    text = _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)
    text, found = _SURROGATE.subn(REPLACEMENT, text)
    counts[SURROGATE] += found
    return text


def regular_turns(turns: Iterable[Turn], counts: Counter[str]) -> list[Turn]:
    """Return turns of which none is empty and no two in a row are one side's.

    Texts are made `regular` and lose the blanks around them. An empty turn is dropped, and turns of
    one side in a row are joined by a newline; both are counted.
    """
    found: list[Turn] = []
    for turn in turns:
        text = regular(turn.text, counts).strip()
        if not text:
            counts[EMPTY] += 1
        elif found and found[-1].role == turn.role:
            counts[JOINED] += 1
            found[-1] = Turn(turn.role, f"{found[-1].text}\n{text}")
        else:
            found.append(Turn(turn.role, text))
    return found
