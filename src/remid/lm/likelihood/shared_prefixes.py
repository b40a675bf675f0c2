"""Prompts that begin alike, so that what they share is read once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Text = tuple[int, ...]


@dataclass(frozen=True)
class Node:
    """Tokens that some prompts share, read behind those of the node above."""

    ids: Text
    end: int
    """Length of the shared beginning from the prompts' first token to the end of `ids`."""
    members: tuple[int, ...] = ()
    """Prompts (places in the list given) whose rest, at least one token, is read with replies."""
    children: tuple["Node", ...] = ()


def shared_beginnings(
    prompts: Sequence[Text], *, least: int, together: Callable[[int, int], bool]
) -> list[Node]:
    """Arrange prompts in trees of shared beginnings, the shortest trees first.

    Parameters
    ----------
    least : tokens that must be shared beyond the node above; fewer are not worth a pass.
    together : whether prompt k with a rest of r tokens is read in one pass with its siblings'
        rests, called with (k, r); otherwise its rest becomes a node of its own.
    """
    order = sorted(range(len(prompts)), key=lambda k: prompts[k])
    roots = _below(prompts, order, 0, least, together).children
    grown = [_grow(prompts, root, least, together) for root in roots]
    return sorted(grown, key=lambda node: node.end)


def _grow(
    prompts: Sequence[Text], node: Node, least: int, together: Callable[[int, int], bool]
) -> Node:
    """Divide a node's members further."""
    if len(node.members) == 1:
        return node
    below = _below(prompts, node.members, node.end, least, together)
    children = tuple(_grow(prompts, child, least, together) for child in below.children)
    return Node(node.ids, node.end, below.members, children)


def _below(
    prompts: Sequence[Text],
    order: Sequence[int],
    start: int,
    least: int,
    together: Callable[[int, int], bool],
) -> Node:
    """Group sorted prompts that are alike up to `start` by what they share beyond it."""
    members: list[int] = []
    children: list[Node] = []
    run: list[int] = []
    end = 0

    def close() -> None:
        ids = prompts[run[0]]
        rest = len(ids) - start
        if len(run) == 1 and start and (rest == 1 or together(run[0], rest)):
            members.append(run[0])
        else:
            children.append(Node(ids[start:end], end, tuple(run)))

    for k in order:
        if run:
            common = min(_common(prompts[run[0]], prompts[k]), len(prompts[k]) - 1, end)
            if common - start >= least:
                run.append(k)
                end = common
                continue
            close()
        run, end = [k], len(prompts[k]) - 1
    if run:
        close()
    return Node((), start, tuple(members), tuple(children))


def _common(a: Text, b: Text) -> int:
    n = min(len(a), len(b))
    if a[:n] == b[:n]:
        return n
    low, high = 0, n  # a[:low] == b[:low], a[:high] != b[:high]
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if a[:middle] == b[:middle] else (low, middle)
    return low
