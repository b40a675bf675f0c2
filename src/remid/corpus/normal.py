"""Texts as people have them, made regular before anything is checked."""

import re
from collections import Counter

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
    # Nearly all texts are regular: one search instead of four replacements.
    if not _IRREGULAR.search(text):
        return text
    text = _LINE_END.sub("\n", text).replace("\ufeff", "")
    text = _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)
    text, found = _SURROGATE.subn(REPLACEMENT, text)
    counts[SURROGATE] += found
    return text
