"""Pairs of dialogues whose words are nearly the same, found exactly and without all comparisons."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from remid.domain.dialogue import Dialogue

WIDTH = 5
"""Characters of a shingle."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two dialogues that are too much alike."""

    first: int
    """Place of the earlier one in the sequence that was searched."""
    second: int
    """Place of the later one."""
    similarity: float
    """Jaccard similarity of their shingles; 1 if these are the same."""


def near_duplicates(dialogues: Sequence[Dialogue], threshold: float) -> list[Pair]:
    """Find every pair of dialogues whose similarity reaches the threshold.

    Two sets of similarity t share a member among the rarest ``n - ceil(t n) + 1`` of either
    (prefix filtering; Chaudhuri, Ganti and Kaushik, 2006), so that only the pairs that do are
    compared in full. Nothing is estimated.

    Parameters
    ----------
    threshold : Jaccard similarity in (0, 1].
    """
    sets = [shingles(spoken(dialogue)) for dialogue in dialogues]
    found = []
    for first, second in _candidates(sets, threshold):
        similarity = jaccard(sets[first], sets[second])
        if similarity >= threshold:
            found.append(Pair(first, second, similarity))
    return found


def spoken(dialogue: Dialogue) -> str:
    """Return what makes a dialogue itself: the user's turns and the reference reply."""
    turns = [turn.text for turn in dialogue.context if turn.role == "user"]
    text = unicodedata.normalize("NFKC", "\n".join([*turns, dialogue.reference]))
    return " ".join(text.casefold().split())


def shingles(text: str) -> Hashes:
    """Hash every run of five characters; sorted, each once. A shorter text is one shingle."""
    codes = np.frombuffer(
        text.ljust(WIDTH).encode("utf-32-le", "surrogatepass"), dtype=np.uint32
    ).astype(np.uint64)
    hashes = np.zeros(len(codes) - WIDTH + 1, dtype=np.uint64)
    for k in range(WIDTH):
        hashes = (hashes + codes[k : len(hashes) + k]) * _FACTOR
        hashes ^= hashes >> np.uint64(29)
    return np.unique(hashes)


def jaccard(first: Hashes, second: Hashes) -> float:
    """Size of the intersection over size of the union of two sorted sets."""
    shared = len(np.intersect1d(first, second, assume_unique=True))
    return shared / (len(first) + len(second) - shared)


def _candidates(sets: Sequence[Hashes], threshold: float) -> list[tuple[int, int]]:
    if len(sets) < 2:
        return []
    _, members, counts = np.unique(np.concatenate(sets), return_inverse=True, return_counts=True)
    ends = np.cumsum([len(s) for s in sets])
    rare = []
    for part in np.split(members, ends[:-1]):
        kept = len(part) - int(np.ceil(threshold * len(part) - 1e-9)) + 1
        rare.append(part[np.lexsort((part, counts[part]))][:kept])
    rows = np.repeat(np.arange(len(sets)), [len(r) for r in rare])
    ones = np.ones(len(rows), dtype=np.int32)
    table = sparse.csr_array((ones, (rows, np.concatenate(rare))), shape=(len(sets), len(counts)))
    shared = sparse.triu(table @ table.T, k=1).tocoo()
    return sorted(zip(shared.row.tolist(), shared.col.tolist(), strict=True))
