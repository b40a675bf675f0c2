"""Prompts that begin alike, so that what they share is read once."""

from collections.abc import Sequence
from dataclasses import dataclass

SHARED_AT_LEAST = 0.5
"""Share of the shorter prompt that two prompts must have in common to be read together."""


@dataclass(frozen=True)
class Group:
    """Prompts with a common beginning."""

    members: tuple[int, ...]
    """Their places in the list given."""
    length: int
    """Tokens shared; one less than the shortest prompt at most, so that each keeps a tail."""


def group_by_prefix(prompts: Sequence[tuple[int, ...]], *, share: bool = True) -> list[Group]:
    """Group prompts by shared beginnings; sorting brings those next to each other.

    The groups come shortest first, so that the cost of a pass rises evenly. Without `share`, every
    prompt is a group of its own.
    """
    groups: list[Group] = []
    for k in sorted(range(len(prompts)), key=lambda k: prompts[k]):
        ids = prompts[k]
        if groups and share:
            last = groups[-1]
            common = _common(prompts[last.members[0]][: last.length], ids[:-1])
            if common >= SHARED_AT_LEAST * min(last.length, len(ids) - 1):
                groups[-1] = Group((*last.members, k), common)
                continue
        groups.append(Group((k,), len(ids) - 1))
    return sorted(groups, key=lambda group: group.length)


def _common(a: tuple[int, ...], b: tuple[int, ...]) -> int:
    n = min(len(a), len(b))
    if a[:n] == b[:n]:
        return n
    low, high = 0, n  # a[:low] == b[:low], a[:high] != b[:high]
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if a[:middle] == b[:middle] else (low, middle)
    return low
