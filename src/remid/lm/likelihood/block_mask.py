"""Prompts and their replies as a tree in one sequence, where each token sees its own line only."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Segment:
    """A run of tokens that follows the cached prefix, or an earlier segment."""

    ids: tuple[int, ...]
    parent: int | None
    """Place of the segment that it follows; None for the cached prefix, or the very beginning."""


@dataclass(frozen=True)
class Tree:
    """Segments in order: a parent stands before its children."""

    segments: tuple[Segment, ...]

    @property
    def tokens(self) -> int:
        """Length of the flattened sequence."""
        return sum(len(segment.ids) for segment in self.segments)

    def start(self, segment: int) -> int:
        """Where a segment begins in the flattened sequence."""
        return sum(len(earlier.ids) for earlier in self.segments[:segment])


@dataclass(frozen=True)
class Flat:
    """Trees side by side as one forward pass takes them, padded at their ends."""

    ids: torch.Tensor
    """Tokens, shape (trees, longest)."""
    positions: torch.Tensor
    """Place of each token in its own line of descent, shape (trees, longest)."""
    mask: torch.Tensor
    """Which token sees which, bool, shape (trees, 1, longest, prefix + longest)."""


def flatten(trees: Sequence[Tree], *, prefix: int = 0) -> Flat:
    """Lay trees out behind `prefix` cached tokens (which only a single tree may have)."""
    longest = max(tree.tokens for tree in trees)
    ids = torch.zeros(len(trees), longest, dtype=torch.long)
    places = torch.zeros(len(trees), longest, dtype=torch.long)
    mask = torch.zeros(len(trees), 1, longest, prefix + longest, dtype=torch.bool)
    mask[..., :prefix] = True
    # A padding token sees itself: a row that sees nothing would be nan.
    mask[..., prefix:] = torch.eye(longest, dtype=torch.bool)
    for row, tree in enumerate(trees):
        n = tree.tokens
        ids[row, :n] = torch.tensor([token for segment in tree.segments for token in segment.ids])
        sees, places[row, :n] = _descent(tree, prefix)
        mask[row, 0, :n, prefix : prefix + n] = sees
    return Flat(ids, places, mask)


def _descent(tree: Tree, prefix: int) -> tuple[torch.Tensor, torch.Tensor]:
    count = len(tree.segments)
    line = torch.eye(count, dtype=torch.bool)  # line[s, t]: t is s or an ancestor of s
    ends: list[int] = []
    places = []
    for k, segment in enumerate(tree.segments):
        start = prefix
        if segment.parent is not None:
            line[k] |= line[segment.parent]
            start = ends[segment.parent]
        ends.append(start + len(segment.ids))
        places.append(torch.arange(start, ends[k]))
    owner = torch.repeat_interleave(
        torch.arange(count), torch.tensor([len(segment.ids) for segment in tree.segments])
    )
    return line[owner][:, owner].tril(), torch.cat(places)
