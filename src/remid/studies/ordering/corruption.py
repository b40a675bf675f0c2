"""Replies mixed with bad ones at a known rate: what a metric of replies must be able to order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.shifts.composition import joined_words, shuffle_words, words

GENERIC = (
    "I am not sure what to say.",
    "That is interesting. Tell me more.",
    "Thank you for sharing that with me.",
    "I understand. How does that make you feel?",
    "It depends on many things.",
    "Let us talk about something else.",
)
"""Replies that fit every dialogue, and so none."""


@dataclass(frozen=True)
class Corrupted:
    """Replies of which a share has been replaced."""

    texts: dict[str, str]
    """Dialogue id to reply."""
    replaced: frozenset[str]
    """Ids of the dialogues whose reply was replaced."""


def corrupt(
    kind: str,
    dialogues: Sequence[Dialogue],
    replies: Mapping[str, str],
    *,
    rate: float,
    rng: np.random.Generator,
) -> Corrupted:
    """Replace the replies to a share of the dialogues by corrupted ones.

    Parameters
    ----------
    kind : one of `KINDS`.
    replies : dialogue id to reply, for every dialogue.
    rate : share that is replaced, rounded to whole dialogues.

    Notes
    -----
    With generators of one seed, what is replaced at a lower rate is replaced at a higher one too,
    by the same replies: the rates differ by nothing else.

    Raises
    ------
    RemidError
        For an unknown kind, a rate outside [0, 1], or dialogues that have nothing to borrow from.
    """
    if kind not in KINDS:
        raise RemidError(f"corruption {kind!r} is unknown; expected one of {', '.join(KINDS)}.")
    if not 0 <= rate <= 1:
        raise RemidError(f"corruption rate {rate} is outside [0, 1]; it is a share of the replies.")
    # One order for all rates: a higher rate replaces what a lower one does, and more.
    order = rng.permutation(len(dialogues))
    # All replies are corrupted, whatever the rate, so that the draws do not depend on it.
    bad = KINDS[kind](dialogues, replies, rng)
    replaced = frozenset(dialogues[k].id for k in order[: round(rate * len(dialogues))])
    texts = {d.id: bad[d.id] if d.id in replaced else replies[d.id] for d in dialogues}
    return Corrupted(texts, replaced)


Replies = Mapping[str, str]
Corruption = Callable[[Sequence[Dialogue], Replies, np.random.Generator], dict[str, str]]


def _shuffled(
    dialogues: Sequence[Dialogue], replies: Replies, rng: np.random.Generator
) -> dict[str, str]:
    return {d.id: shuffle_words(replies[d.id], d.language, rate=1.0, rng=rng) for d in dialogues}


def _generic(dialogues: Sequence[Dialogue], _: Replies, rng: np.random.Generator) -> dict[str, str]:
    return {d.id: GENERIC[int(rng.integers(len(GENERIC)))] for d in dialogues}


def _truncated(
    dialogues: Sequence[Dialogue], replies: Replies, _: np.random.Generator
) -> dict[str, str]:
    """Keep the first quarter of the characters, at least one, up to the end of a word."""
    cut = {}
    for dialogue in dialogues:
        text = replies[dialogue.id]
        # Up to a space: half a word would be improbable for another reason.
        end = max(1, len(text) // 4)
        cut[dialogue.id] = text[:end] + text[end:].split(" ")[0] if " " in text else text[:end]
    return cut


def _other_character(
    dialogues: Sequence[Dialogue], replies: Replies, rng: np.random.Generator
) -> dict[str, str]:
    return _borrowed(dialogues, replies, rng, lambda a, b: a.character != b.character)


def _other_dialogue(
    dialogues: Sequence[Dialogue], replies: Replies, rng: np.random.Generator
) -> dict[str, str]:
    """Borrow from another dialogue of the same character where there is one."""
    return _borrowed(
        dialogues,
        replies,
        rng,
        lambda a, b: a.id != b.id and a.character == b.character,
        lambda a, b: a.id != b.id,
    )


def _echo(dialogues: Sequence[Dialogue], _: Replies, __: np.random.Generator) -> dict[str, str]:
    """Say the user's last turn back: all of it is the context's, and copied."""
    return {
        d.id: next(turn.text for turn in reversed(d.context) if turn.role == "user")
        for d in dialogues
    }


def _word_salad(
    dialogues: Sequence[Dialogue], replies: Replies, rng: np.random.Generator
) -> dict[str, str]:
    """Draw as many words as the reply has from its own context: what it is about, and no sense."""
    salads = {}
    for dialogue in dialogues:
        language = dialogue.language
        own = [match[0] for turn in dialogue.context for match in words(turn.text, language)]
        count = len(words(replies[dialogue.id], language))
        salads[dialogue.id] = joined_words(rng.choice(own, size=count).tolist(), language)
    return salads


def _borrowed(
    dialogues: Sequence[Dialogue],
    replies: Replies,
    rng: np.random.Generator,
    *allowed: Callable[[Dialogue, Dialogue], bool],
) -> dict[str, str]:
    """Take the reply of a random dialogue that the first satisfiable condition allows."""
    borrowed = {}
    for dialogue in dialogues:
        lenders: list[Dialogue] = []
        for condition in allowed:
            lenders = lenders or [
                d
                for d in dialogues
                if condition(dialogue, d) and replies[d.id] != replies[dialogue.id]
            ]
        if not lenders:
            raise RemidError(
                f"dialogue {dialogue.id!r}: no other reply to put in its place; corrupt more "
                "dialogues together, of more than one character."
            )
        borrowed[dialogue.id] = replies[lenders[int(rng.integers(len(lenders)))].id]
    return borrowed


KINDS: dict[str, Corruption] = {
    "shuffled_words": _shuffled,
    "generic": _generic,
    "truncated": _truncated,
    "other_character": _other_character,
    "other_dialogue": _other_dialogue,
    "echo": _echo,
    "word_salad": _word_salad,
}
"""Name to corruption."""
