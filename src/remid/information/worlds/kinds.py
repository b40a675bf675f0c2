"""The kinds of world that the estimators are tested on."""

from collections.abc import Callable

import numpy as np

from remid.information.arrays import FloatArray
from remid.information.worlds.tabular import World, outer_product


def independent(rng: np.random.Generator) -> World:
    """User, character and context independent under P and under Q; the marginals move."""
    shape = (3, 2, 2)
    laws = [outer_product([_law(rng, k) for k in shape]).ravel() for _ in range(2)]
    truth = _table(rng, 12, 6)
    return _world("independent", shape, laws[0], laws[1], truth, (truth + _table(rng, 12, 6)) / 2)


def dependent(rng: np.random.Generator) -> World:
    """The three factors depend on one another, differently under P and Q."""
    truth = _table(rng, 12, 6)
    model = (truth + _table(rng, 12, 6)) / 2
    return _world("dependent", (3, 2, 2), _law(rng, 12), _law(rng, 12), truth, model)


def dependence_only(rng: np.random.Generator) -> World:
    """Equal factors under P, independent ones under Q, all marginals uniform throughout."""
    shape = (2, 2, 2)
    same, spread = np.zeros(8), np.full(8, 1 / 8)
    same[[0, 7]] = 1 / 2
    truth = _table(rng, 8, 5)
    return _world("dependence only", shape, same, spread, truth, _table(rng, 8, 5))


def concept_shift(rng: np.random.Generator) -> World:
    """Inputs stay as they are; the true replies to them change."""
    law, truth = _law(rng, 12), _table(rng, 12, 6)
    model = (truth + _table(rng, 12, 6)) / 2
    return _world("concept shift", (3, 2, 2), law, law, truth, model, _table(rng, 12, 6))


def perfect_model(rng: np.random.Generator) -> World:
    """The model answers with the true conditional: R-EMI is 0 on both sides."""
    truth = _table(rng, 12, 6)
    return _world("perfect model", (3, 2, 2), _law(rng, 12), _law(rng, 12), truth, truth)


def broken_model(rng: np.random.Generator) -> World:
    """The model ignores its input and answers from the marginal."""
    law, truth = _law(rng, 12), _table(rng, 12, 6)
    model = np.tile(law @ truth, (12, 1))
    return _world("broken model", (3, 2, 2), law, _law(rng, 12), truth, model)


def rewritten(rng: np.random.Generator) -> World:
    """Q rewrites the context factor of ID's own dialogues and keeps their references."""
    shape, law, truth = (3, 2, 2), _law(rng, 12), _table(rng, 12, 6)
    # Half the time the context, the last factor, is drawn afresh.
    kernel = 0.5 * np.eye(12) + 0.5 * np.kron(np.eye(6), np.full((2, 2), 1 / 2))
    joint = law[:, None] * kernel
    shifted = joint.sum(axis=0)
    model = (truth + _table(rng, 12, 6)) / 2
    return World(
        "rewritten",
        shape,
        law,
        shifted,
        truth,
        joint.T @ truth / shifted[:, None],
        model,
        truth,
        kernel,
    )


def xor_world(noise: float = 0.0) -> World:
    """U = C = D under P, independent and uniform under Q; the truth is U xor C xor D.

    The model knows the rule where the three agree, answers U there, and guesses elsewhere, so
    it loses log 2 on three quarters of Q: EMID = 3/4 log 2 = 0.52 nats at noise 0, over a
    published bound of 0. `noise` flips every reply, the truth's and the model's.
    """
    user, character, context = np.indices((2, 2, 2)).reshape(3, 8)
    agree = (user == character) & (character == context)
    same, uniform = agree / 2, np.full(8, 1 / 8)
    truth = _noisy(np.eye(2)[user ^ character ^ context], noise)
    model = np.where(agree[:, None], _noisy(np.eye(2)[user], noise), 1 / 2)
    return World("xor", (2, 2, 2), same, uniform, truth, truth, model, truth)


def random_world(rng: np.random.Generator) -> World:
    """Any world: random sizes, sparse or flat laws, with or without concept shift."""
    shape = tuple(int(k) for k in rng.integers(1, 4, size=3))
    inputs, replies = int(np.prod(shape)), int(rng.integers(2, 6))
    sharpness = float(rng.choice([0.1, 0.5, 1.0, 5.0]))
    laws = [_law(rng, inputs, sharpness) for _ in range(2)]
    truth, other, model = (rng.dirichlet(np.full(replies, sharpness), inputs) for _ in range(3))
    shifted = other if rng.random() < 0.5 else truth
    return World("random", shape, laws[0], laws[1], truth, shifted, model, truth)


WORLDS: dict[str, Callable[[np.random.Generator], World]] = {
    "independent": independent,
    "dependent": dependent,
    "dependence only": dependence_only,
    "concept shift": concept_shift,
    "perfect model": perfect_model,
    "broken model": broken_model,
    "rewritten": rewritten,
}


def _world(
    name: str,
    shape: tuple[int, ...],
    id_inputs: FloatArray,
    shift_inputs: FloatArray,
    truth: FloatArray,
    model: FloatArray,
    shift_truth: FloatArray | None = None,
) -> World:
    shifted = truth if shift_truth is None else shift_truth
    return World(name, shape, id_inputs, shift_inputs, truth, shifted, model, responder=truth)


def _law(rng: np.random.Generator, size: int, sharpness: float = 1.0) -> FloatArray:
    return rng.dirichlet(np.full(size, sharpness))


def _table(rng: np.random.Generator, inputs: int, replies: int) -> FloatArray:
    """A conditional with no reply below 1 in 20 of the uniform, as a language model's softmax."""
    return 0.95 * rng.dirichlet(np.ones(replies), inputs) + 0.05 / replies


def _noisy(table: FloatArray, noise: float) -> FloatArray:
    return (1 - noise) * table + noise * table[:, ::-1]
