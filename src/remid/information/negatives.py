"""Which contexts serve as negatives for which replies: designs of vCLUB's product term."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from remid.domain.errors import RemidError
from remid.information.arrays import FloatArray, IntArray

Design = Literal["cyclic", "random", "all"]


def negative_pairs(
    n: int,
    *,
    design: Design,
    per_context: int,
    rng: np.random.Generator | None = None,
    order: IntArray | None = None,
    clusters: IntArray | None = None,
) -> IntArray:
    """Draw the negative pairs (context i, reply j), i and j of different clusters.

    Use one draw for the reference and for every model: the common pairs cancel most of the noise.

    Parameters
    ----------
    n : number of dialogues.
    design : ``cyclic`` puts the dialogues in an order and gives each reply the `per_context`
        contexts before it, so that every reply, and without clusters every context, is used
        equally often; ``random`` draws the replies of each context without replacement (the
        paper's); ``all`` takes every pair.
    per_context : contexts for each reply; unused by ``all``.
    rng : draws ``random``, and the order of ``cyclic`` where none is given.
    order : permutation of the dialogues for ``cyclic``; the same order in two splits of twins
        gives them the same pairs.
    clusters : label of each dialogue's cluster, shape (n,); dialogues of one cluster (a persona
        and character, a conversation) are no negatives of one another. None: all differ.

    Returns
    -------
    pairs (m, 2), sorted by context.

    Raises
    ------
    RemidError : a dialogue has fewer than per_context (for ``all``: no) others outside its cluster.
    """
    label = np.arange(n) if clusters is None else np.asarray(clusters)
    # How many dialogues lie outside of each one's own cluster.
    _, place, sizes = np.unique(label, return_inverse=True, return_counts=True)
    outside = n - sizes[place]
    needed = 1 if design == "all" else per_context
    if per_context < 1 or n < 2 or outside.min(initial=n) < needed:
        raise RemidError(
            f"negative pairs: {n} dialogues with {per_context} negatives per context, expected "
            f"at least 1 negative and {needed} dialogues outside of each one's own cluster: add "
            "dialogues or ask for fewer negatives."
        )
    if design == "all":
        pairs = np.argwhere(label[:, None] != label[None, :])
    elif design == "cyclic":
        if order is None:
            assert rng is not None
            order = rng.permutation(n)
        pairs = _before(np.asarray(order), label, per_context)
    else:
        assert rng is not None
        # Without replacement within a context; a reply may be drawn by many contexts or by none.
        drawn = [
            (i, j)
            for i in range(n)
            for j in rng.permutation(np.flatnonzero(label != label[i]))[:per_context]
        ]
        pairs = np.array(drawn, dtype=np.int64)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].astype(np.int64)


def _before(order: IntArray, label: IntArray, count: int) -> IntArray:
    """Pair each reply with the `count` contexts before it that are not of its cluster."""
    n, pairs = len(order), []
    # The usual case at once: reply order[k] under the contexts order[k - 1], ..., order[k - count].
    if np.unique(label).size == n:
        steps = np.arange(1, count + 1)
        contexts = order[(np.arange(n)[:, None] - steps) % n]
        return np.stack([contexts.ravel(), np.repeat(order, count)], axis=1)
    for place, reply in enumerate(order):
        own = (order[(place - step) % n] for step in range(1, n))
        chosen = [context for context in own if label[context] != label[reply]][:count]
        pairs += [(context, reply) for context in chosen]
    return np.array(pairs, dtype=np.int64)


def alike_pairs(
    groups: IntArray, clusters: IntArray, *, per_reply: int, order: IntArray
) -> IntArray:
    """Pair each reply with contexts of its own group: of the same character, say.

    The estimate then is the information of a reply about what differs inside of a group, given the
    group. A reply whose group has no other cluster gets no pair: leave it out (`PairScores.kept`).

    Parameters
    ----------
    groups, clusters : labels of each dialogue, shape (n,).
    order : permutation; of more contexts than `per_reply` the next in this order are taken.

    Returns
    -------
    pairs (m, 2), sorted by context; m may be 0.
    """
    allowed = (groups[:, None] == groups[None, :]) & (clusters[:, None] != clusters[None, :])
    return _chosen(allowed, per_reply, lambda reply: _after(order, reply))


def nearest_pairs(similarity: FloatArray, clusters: IntArray, *, per_reply: int) -> IntArray:
    """Pair each reply with the contexts most similar to its own, similarity (n, n)."""
    allowed = clusters[:, None] != clusters[None, :]
    return _chosen(allowed, per_reply, lambda reply: np.argsort(-similarity[reply], kind="stable"))


def _after(order: IntArray, reply: int) -> IntArray:
    place = int(np.flatnonzero(order == reply)[0])
    rolled: IntArray = np.roll(order, -place - 1)
    return rolled


def _chosen(allowed: np.ndarray, per_reply: int, ranked: Callable[[int], IntArray]) -> IntArray:
    pairs = [
        (int(context), reply)
        for reply in range(len(allowed))
        for context in [i for i in ranked(reply) if allowed[i, reply]][:per_reply]
    ]
    found = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return found[np.lexsort((found[:, 1], found[:, 0]))]


def partner_pairs(order: IntArray, clusters: IntArray, *, partners: int = 1) -> IntArray:
    """Pair each dialogue with `partners` others of another cluster, both ways.

    Where i is paired with reply j, j is paired with reply i: a context put together from the two
    then serves both replies, and is read once. Each round goes through the order and pairs whoever
    is free with the next one that is; of an odd number the last takes one that is taken. The same
    order in two splits of twins gives them the same pairs.

    Parameters
    ----------
    order : permutation of the dialogues.
    clusters : label of each dialogue's cluster, shape (n,).

    Returns
    -------
    pairs (m, 2) of (other dialogue i, reply j), sorted; dialogues that are all of one cluster with
    every other have none.
    """
    found: set[tuple[int, int]] = set()
    for _ in range(partners):
        taken: set[int] = set()
        for place, one in enumerate(order.tolist()):
            if one in taken:
                continue
            others = np.roll(order, -place - 1)[:-1].tolist()
            allowed = [
                other
                for other in others
                if clusters[other] != clusters[one] and (other, one) not in found
            ]
            # Free ones first; whoever is left over at the end takes one that is taken.
            chosen = next((other for other in allowed if other not in taken), None)
            chosen = next(iter(allowed), None) if chosen is None else chosen
            if chosen is not None:
                found |= {(chosen, one), (one, chosen)}
                taken |= {one, chosen}
    return np.array(sorted(found), dtype=np.int64).reshape(-1, 2)
