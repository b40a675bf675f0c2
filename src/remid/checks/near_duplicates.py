"""Pairs of dialogues whose words are nearly the same, found exactly and without all comparisons."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from remid.domain.dialogue import Dialogue

WIDTH = 5
"""Characters of a shingle."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
Hashes = NDArray[np.uint64]
Members = NDArray[np.integer]


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
    if len(dialogues) < 2:
        return []
    sets = [shingles(spoken(dialogue)) for dialogue in dialogues]
    # Sets as rows of a sparse 0/1 matrix: |A and B| is then a product of rows.
    sizes = np.array([len(s) for s in sets])
    known, members = np.unique(np.concatenate(sets), return_inverse=True)
    table = _table(np.split(members, np.cumsum(sizes)[:-1]), len(known))
    candidates = _candidates(table, threshold)
    found = []
    for first in np.flatnonzero(np.diff(candidates.indptr)):
        others = np.sort(candidates.indices[slice(*candidates.indptr[first : first + 2])])
        shared = table[others] @ table[[first]].toarray()[0]
        # Jaccard: |A and B| / |A or B|, with |A or B| = |A| + |B| - |A and B|.
        similarity = shared / (sizes[first] + sizes[others] - shared)
        for k in np.flatnonzero(similarity >= threshold):
            found.append(Pair(int(first), int(others[k]), float(similarity[k])))
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
    # Multiplicative hashing, one character at a time, over all windows at once; the factor is
    # 2^64 / golden ratio (Knuth, The Art of Computer Programming 3, 6.4), the shift mixes high
    # bits down.
    hashes = np.zeros(len(codes) - WIDTH + 1, dtype=np.uint64)
    for k in range(WIDTH):
        hashes = (hashes + codes[k : len(hashes) + k]) * _FACTOR
        hashes ^= hashes >> np.uint64(29)
    return np.unique(hashes)


def _table(sets: Sequence[Members], known: int) -> sparse.csr_array:
    """One row per set, one column per shingle, 1 where it is a member."""
    columns = np.concatenate(sets)
    starts = np.concatenate([[0], np.cumsum([len(s) for s in sets])])
    ones = np.ones(len(columns), dtype=np.int32)
    return sparse.csr_array((ones, columns, starts), shape=(len(sets), known))


def _candidates(table: sparse.csr_array, threshold: float) -> sparse.csr_array:
    """Mark the pairs, the earlier one as the row, that share one of their rarest shingles."""
    counts = np.bincount(table.indices, minlength=table.shape[1])
    rarest = []
    for start, end in pairwise(table.indptr):
        own = table.indices[start:end]
        # n - ceil(t n) + 1, where rounding must not make 8 of 0.7 * 10 = 7.000000000000001.
        kept = len(own) - int(np.ceil(threshold * len(own) - 1e-9)) + 1
        rarest.append(own[np.lexsort((own, counts[own]))][:kept])
    # Upper triangle: every pair once, the earlier dialogue as the row.
    rare = _table(rarest, table.shape[1])
    return sparse.csr_array(sparse.triu(rare @ rare.T, k=1))
