"""Several continuations of one cached prefix in one sequence, each blind to the others."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Segment:
    """A run of tokens that follows the prefix, or another segment."""

    ids: tuple[int, ...]
    parent: int | None
    """Place of the segment that it follows; None for the prefix itself."""


def attention_mask(segments: Sequence[Segment], prefix: int) -> torch.Tensor:
    """Which token sees which: the prefix, the parent, and its own past.

    Returns
    -------
    bool (q, prefix + q), True where attention is allowed; q is the tokens of all segments.
    """
    lengths = [len(segment.ids) for segment in segments]
    starts = torch.tensor([0, *lengths]).cumsum(0).tolist()
    total = starts[-1]
    mask = torch.zeros(total, prefix + total, dtype=torch.bool)
    mask[:, :prefix] = True
    for segment, start, end in zip(segments, starts[:-1], starts[1:], strict=True):
        own = torch.ones(end - start, end - start, dtype=torch.bool).tril()
        mask[start:end, prefix + start : prefix + end] = own
        if segment.parent is not None:
            before = slice(prefix + starts[segment.parent], prefix + starts[segment.parent + 1])
            mask[start:end, before] = True
    return mask


def positions(segments: Sequence[Segment], prefix: int) -> torch.Tensor:
    """Place of each token in its own line of descent, shape (q,)."""
    out = []
    for segment in segments:
        start = prefix
        if segment.parent is not None:
            start += len(segments[segment.parent].ids)
        out.append(torch.arange(start, start + len(segment.ids)))
    return torch.cat(out)
