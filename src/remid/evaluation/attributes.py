"""Attributes of evaluated dialogues, by which slices of them are searched."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from remid.domain.dialogue import CONVERSATION, TWIN, Dialogue
from remid.information.arrays import FloatArray
from remid.information.slices import LEAST

WORDS = 20
"""Words of the personas, and of the characters, that are attributes."""
LETTERS = 5
"""Shortest such word: shorter ones are mostly articles and prepositions."""
SHOWN = 40
"""Characters of a persona or character by which it is named."""
COPIED = 0.1
"""Share of copied tokens that parts much from little."""


def dialogue_attributes(dialogues: Sequence[Dialogue]) -> dict[str, list[str]]:
    """Attribute to its value for every dialogue; an empty text is none.

    None of them looks at a score, so that choosing them needs no correction.
    """
    found = {
        "user": [_named(d.persona) for d in dialogues],
        "character": [_named(d.character) for d in dialogues],
        "language": [d.language for d in dialogues],
        "user turns": [str(d.turns) for d in dialogues],
        "turn of the reply": _turns_of_replies(dialogues),
        "length of the context": thirds(
            np.array([sum(len(turn.text.encode()) for turn in d.context) for d in dialogues])
        ),
    }
    # Of these two one is an identity and the other names a dialogue: no kinds of dialogue.
    for tag in sorted({tag for d in dialogues for tag in d.tags} - {CONVERSATION, TWIN}):
        found[tag] = [d.tags.get(tag, "") for d in dialogues]
    for who, texts in (
        ("user", [d.persona for d in dialogues]),
        ("character", [d.character for d in dialogues]),
    ):
        found.update(_words(who, texts))
    return found


def reply_attributes(tokens: FloatArray, copied: FloatArray) -> dict[str, list[str]]:
    """Attributes of one model's replies: their length, and the share of tokens that are copied."""
    shares = [
        "none" if share == 0 else "little" if share <= COPIED else f"over {COPIED:.0%}"
        for share in copied
    ]
    return {"length of the reply": thirds(tokens), "copied": shares}


def thirds(values: FloatArray) -> list[str]:
    """Name each value by the third that it is in; all alike where the thirds do not differ."""
    low, high = np.quantile(values, [1 / 3, 2 / 3])
    # Where one length is that common, thirds would part equal lengths by chance.
    if low == high:
        return ["short" if v < low else "long" if v > high else "middle" for v in values]
    return ["short" if v <= low else "long" if v > high else "middle" for v in values]


def _named(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _turns_of_replies(dialogues: Sequence[Dialogue]) -> list[str]:
    """Place of each reply among those of its conversation; none where it is the only one."""
    members: dict[str, set[int]] = {}
    for d in dialogues:
        if CONVERSATION in d.tags:
            members.setdefault(d.conversation, set()).add(len(d.context))
    return [
        str(1 + sorted(members[d.conversation]).index(len(d.context)))
        if len(members.get(d.conversation, ())) > 1
        else ""
        for d in dialogues
    ]


def _words(who: str, texts: Sequence[str]) -> dict[str, list[str]]:
    """Whether each text has a word, for the words that divide the dialogues most evenly."""
    letters = re.compile(rf"[^\W\d_]{{{LETTERS},}}")
    bags = [set(letters.findall(text.lower())) for text in texts]
    # Chosen by how many dialogues have them alone: no score is looked at.
    counts = Counter(word for bag in bags for word in bag)
    n = len(texts)
    usable = [word for word, count in counts.items() if LEAST <= count <= n - LEAST]
    chosen = sorted(usable, key=lambda word: (abs(counts[word] - n / 2), word))[:WORDS]
    return {
        f"{who} text has {word!r}": ["yes" if word in bag else "" for bag in bags]
        for word in chosen
    }
