"""Clusters, order and negative pairs of a split, from its dialogues."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from remid.domain.dialogue import CONVERSATION, Dialogue
from remid.domain.errors import RemidError
from remid.domain.streams import Stream, generator
from remid.evaluation.divergences import factor_texts
from remid.information.arrays import FloatArray, IntArray
from remid.information.negatives import alike_pairs, nearest_pairs, negative_pairs
from remid.params import Evaluate

MEANINGS = {
    "cyclic": "other dialogues: what a reply tells of user, character and dialogue together",
    "random": "random other dialogues, drawn as the paper draws them",
    "all": "all other dialogues: what a reply tells of user, character and dialogue together",
    "same_character": "dialogues of the same character: what a reply tells of user and dialogue, "
    "given its character",
    "same_user": "dialogues of the same user: what a reply tells of character and dialogue, given "
    "its user",
    "nearest": "the most similar dialogues: how well a reply tells its own from its neighbours; the "
    "figure has no meaning as an information",
}
"""What R-EMI says under each design of the negative pairs."""

Embed = Callable[[Sequence[str]], FloatArray]


@dataclass(frozen=True)
class Design:
    """The negative pairs of one split."""

    kept: tuple[int, ...]
    """Dialogues that have a negative."""
    pairs: IntArray
    """(context i, reply j) among the kept ones, shape (m, 2)."""


def cluster_names(dialogues: Iterable[Dialogue]) -> dict[str, str]:
    """Dialogue id to the name of its cluster: its conversation, or its persona with its character.

    A dialogue that was built from one of ID, or is the twin of one, is in that one's cluster.
    """
    every = {d.id: d for d in dialogues}

    def own(dialogue: Dialogue) -> str:
        if CONVERSATION in dialogue.tags:
            return f"conversation {dialogue.conversation}"
        key = hashlib.sha256(f"{dialogue.persona}\0{dialogue.character}".encode()).hexdigest()
        return f"pair {key[:16]}"

    # A root that is not evaluated still gives its dialogues one name.
    return {
        key: own(every.get(d.root, d)) if d.root in every or d.root == key else f"root {d.root}"
        for key, d in every.items()
    }


def design(
    members: Sequence[Dialogue],
    clusters: Sequence[str],
    evaluate: Evaluate,
    *,
    seed: int,
    embed: Embed,
) -> Design:
    """Choose the negative pairs of a split as `evaluate.negatives` says.

    The order behind them is one seeded order of the dialogues' roots: splits of twins, and splits
    built from ID, get the pairs of their ID dialogues.

    Raises
    ------
    RemidError
        When the dialogues are too few, or the design finds no pair at all.
    """
    n, count = len(members), evaluate.negatives_per_context
    order = root_order(members, seed)
    labels = np.unique(clusters, return_inverse=True)[1]
    kind = evaluate.negatives
    if kind in ("cyclic", "random", "all"):
        rng = generator(seed, Stream.NEGATIVE_PAIRS, members[0].split)
        pairs = negative_pairs(
            n, design=kind, per_context=count, rng=rng, order=order, clusters=labels
        )
        return Design(tuple(range(n)), pairs)
    if kind == "nearest":
        rows = embed(["\n".join(factor_texts(d).values()) for d in members])
        pairs = nearest_pairs(rows @ rows.T, labels, per_reply=count)
    else:
        texts = [d.character if kind == "same_character" else d.persona for d in members]
        groups = np.unique(texts, return_inverse=True)[1]
        pairs = alike_pairs(groups, labels, per_reply=count, order=order)
    return _kept(n, pairs, kind)


def root_order(members: Sequence[Dialogue], seed: int) -> IntArray:
    """One seeded order of the dialogues' roots, alike in every split that holds the same ones."""
    # Of the root: a dialogue and its twin or rewriting have one place in the order of their splits.
    ranks = [hashlib.sha256(f"{seed}:{d.root}".encode()).hexdigest() for d in members]
    return np.array(sorted(range(len(members)), key=ranks.__getitem__), dtype=np.int64)


def _kept(n: int, pairs: IntArray, kind: str) -> Design:
    """Leave out the replies without a negative, and number the others anew."""
    kept = np.unique(pairs[:, 1])
    while pairs.size and not np.isin(pairs[:, 0], kept).all():
        # A context whose own reply has no negative is not a dialogue of the estimate either.
        pairs = pairs[np.isin(pairs[:, 0], kept)]
        kept = np.unique(pairs[:, 1])
    if not pairs.size:
        raise RemidError(
            f"evaluate.negatives is {kind!r}, and none of {n} dialogues has another of its kind; "
            "choose `cyclic`, or add dialogues that share a character or a user."
        )
    return Design(tuple(kept.tolist()), np.searchsorted(kept, pairs))
