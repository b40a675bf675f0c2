"""Worlds in which it is known which factors a reply depends on, and their enumerated Shapley values."""

from collections.abc import Callable, Sequence

import numpy as np

from remid.information.arrays import FloatArray, IntArray
from remid.information.shapley import SwapScores, weights
from remid.information.worlds.tabular import World, outer_product

SHAPE = (3, 3, 3)
REPLIES = 6


def one_factor(rng: np.random.Generator) -> World:
    """Independent factors; the reply depends on the user alone."""
    return _independent("one factor", rng, [0])


def two_factors(rng: np.random.Generator) -> World:
    """Independent factors; the reply depends on user and character together."""
    return _independent("two factors", rng, [0, 1])


def all_factors(rng: np.random.Generator) -> World:
    """Independent factors; the reply depends on all three."""
    return _independent("all factors", rng, [0, 1, 2])


def dependent_factors(rng: np.random.Generator) -> World:
    """Factors of any joint law; the reply depends on all three, and q knows how."""
    truth = table(rng, [0, 1, 2])
    laws = [rng.dirichlet(np.ones(27)) for _ in range(2)]
    return _world("dependent factors", laws, truth, _towards(rng, truth, [0, 1, 2]), truth)


def copied_factor(rng: np.random.Generator) -> World:
    """The dialogue mostly repeats the user; the reply depends on the user, q reads the dialogue.

    Two thirds of what q knows it takes from the dialogue, and one third from the user: the same
    information, credited as q reads it.
    """
    truth = table(rng, [0])
    by_user = truth.reshape(*SHAPE, REPLIES)
    by_dialogue = np.swapaxes(by_user, 0, 2).reshape(-1, REPLIES)
    # A product of experts: what is taken from either is a share of the log-probability.
    mixed = np.exp(np.log(truth) / 3 + 2 * np.log(by_dialogue) / 3)
    responder = mixed / mixed.sum(axis=1, keepdims=True)
    # The dialogue is the user nine times in ten, and any of the three otherwise.
    same = 0.9 * np.eye(3) + 0.1 / 3
    laws = []
    for _ in range(2):
        user, character = rng.dirichlet(np.full(3, 5.0)), rng.dirichlet(np.full(3, 5.0))
        laws.append(np.einsum("u,c,ud->ucd", user, character, same / same.sum(1)[:, None]).ravel())
    return _world("copied factor", laws, truth, _towards(rng, truth, [0]), responder)


ATTRIBUTED: dict[str, Callable[[np.random.Generator], World]] = {
    "one factor": one_factor,
    "two factors": two_factors,
    "all factors": all_factors,
    "dependent factors": dependent_factors,
    "copied factor": copied_factor,
}


def enumerated_shapley(law: FloatArray, conditional: FloatArray, world: World) -> FloatArray:
    """Shapley values under the world's responder, of replies from `conditional`, shape (k,).

    v(T) = E_x E_y|x E_x' [log q(y | x_T, x'_rest) - log q(y | x')], x and x' apart from `law`.
    """
    k, inputs = len(world.shape), law.size
    log_q = np.log(world.responder)
    # Every pair of inputs with its probability: nothing is sampled.
    first, second = np.indices((inputs, inputs)).reshape(2, -1)
    values = []
    for coalition in range(1 << k):
        mixed = _mixed(world.shape, first, second, coalition)
        gain = (conditional[first] * (log_q[mixed] - log_q[second])).sum(axis=1)
        values.append(float((law[first] * law[second] * gain).sum()))
    shared: FloatArray = weights(k) @ np.array(values)
    return shared


def swap_scores(world: World, inputs: IntArray, replies: IntArray, pairs: IntArray) -> SwapScores:
    """Scores of sampled replies (..., n) under every composed context, by the responder's table."""
    log_q = np.log(world.responder)
    other, own = pairs.T
    values = [
        log_q[_mixed(world.shape, inputs[..., own], inputs[..., other], t), replies[..., own]]
        for t in range(1 << len(world.shape))
    ]
    return SwapScores(pairs, np.stack(values, axis=-2), inputs.shape[-1])


def _mixed(shape: tuple[int, ...], own: IntArray, other: IntArray, coalition: int) -> IntArray:
    """Inputs whose factors in the coalition are `own`'s and whose others are `other`'s."""
    parts = zip(np.unravel_index(own, shape), np.unravel_index(other, shape), strict=True)
    chosen = tuple(a if coalition >> f & 1 else b for f, (a, b) in enumerate(parts))
    return np.ravel_multi_index(chosen, shape).astype(np.int64)


def table(rng: np.random.Generator, factors: Sequence[int]) -> FloatArray:
    """A conditional over all inputs that depends on the named factors alone, shape (inputs, replies)."""
    sizes = [size if f in factors else 1 for f, size in enumerate(SHAPE)]
    # No reply below 1 in 20 of the uniform, as a language model's softmax gives none probability 0.
    own = 0.95 * rng.dirichlet(np.ones(REPLIES), int(np.prod(sizes))) + 0.05 / REPLIES
    spread = np.broadcast_to(own.reshape(*sizes, REPLIES), (*SHAPE, REPLIES))
    return spread.reshape(-1, REPLIES)


def _independent(name: str, rng: np.random.Generator, factors: Sequence[int]) -> World:
    laws = [
        outer_product([rng.dirichlet(np.full(size, 3.0)) for size in SHAPE]).ravel()
        for _ in range(2)
    ]
    truth = table(rng, factors)
    return _world(name, laws, truth, _towards(rng, truth, factors), truth)


def _towards(rng: np.random.Generator, truth: FloatArray, factors: Sequence[int]) -> FloatArray:
    """A model under test half way between the truth and another table of the same factors."""
    mixed: FloatArray = (truth + table(rng, factors)) / 2
    return mixed


def _world(
    name: str,
    laws: Sequence[FloatArray],
    truth: FloatArray,
    model: FloatArray,
    responder: FloatArray,
) -> World:
    return World(name, SHAPE, laws[0], laws[1], truth, truth, model, responder)
