"""Scored splits made of plain arrays, one token a reply unless told otherwise."""

from collections.abc import Mapping, Sequence

import numpy as np

from remid.evaluation.scored import Counts, ScoredSplit, Source
from remid.information.arrays import FloatArray, IntArray

CYCLE = np.array([(k, (k + 1) % 8) for k in range(8)])
"""Eight dialogues, each reply under the context before it."""


def source(
    positive: Sequence[float] | FloatArray,
    negative: Sequence[float] | FloatArray,
    *,
    tokens: Sequence[int] | None = None,
    copied: Sequence[Sequence[bool]] | None = None,
    pairs: IntArray = CYCLE,
    shuffled: float = -5.0,
) -> Source:
    """Replies whose log-probabilities are spread evenly over their tokens."""
    counts = [1] * len(positive) if tokens is None else list(tokens)

    def spread(value: float, count: int) -> FloatArray:
        return np.full(count, value / count)

    return Source(
        positive=tuple(spread(v, c) for v, c in zip(positive, counts, strict=True)),
        negative=tuple(spread(v, counts[j]) for v, j in zip(negative, pairs[:, 1], strict=True)),
        copied=tuple(
            np.zeros(c, bool) if copied is None else np.array(copied[k])
            for k, c in enumerate(counts)
        ),
        shuffled=np.full((len(counts), 1), shuffled),
    )


def split(
    name: str,
    sources: Mapping[str, Source],
    *,
    ids: Sequence[str] | None = None,
    clusters: Sequence[str] | None = None,
    pairs: IntArray = CYCLE,
    counts: Counts | None = None,
) -> ScoredSplit:
    """Name dialogues after the split, and let each be its own cluster."""
    n = len(next(iter(sources.values())).positive)
    names = tuple(ids or [f"{name}-{k}" for k in range(n)])
    own = tuple(clusters or names)
    return ScoredSplit(name, names, own, pairs, sources, counts or Counts())
