"""Worlds whose truth can be enumerated, sampled as dialogues that a tabular q scores exactly."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from remid.domain.errors import RemidError
from remid.information.arrays import FloatArray, IntArray
from remid.information.club import PairScores
from remid.information.divergence import histogram_js

Side = Literal["id", "shift"]
FACTORS = ("user", "character", "context")


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Finite inputs x = (user, character, context) and replies y under P (ID) and Q (the shift)."""

    name: str
    shape: tuple[int, ...]
    """Number of values of each factor; their product is the number of inputs."""
    id_inputs: FloatArray
    """P_X, shape (inputs,)."""
    shift_inputs: FloatArray
    """Q_X, shape (inputs,)."""
    truth: FloatArray
    """P_{Y|X}, shape (inputs, replies)."""
    shift_truth: FloatArray
    """Q_{Y|X}; differs from `truth` only under a concept shift."""
    model: FloatArray
    """P_theta(y | x), of the model under test."""
    responder: FloatArray
    """q(y | x), which scores the replies."""
    kernel: FloatArray | None = None
    """Where the shift rewrites ID's inputs, the law of the new input given the old one."""

    def __post_init__(self) -> None:
        tables = [self.truth, self.shift_truth, self.model, self.responder]
        laws = [self.id_inputs[None], self.shift_inputs[None], *tables]
        sizes = {len(table) for table in tables} | {self.id_inputs.size, self.shift_inputs.size}
        if sizes != {int(np.prod(self.shape))} or any((law < 0).any() for law in laws):
            raise RemidError(f"world {self.name}: tables over {sizes} inputs, shape {self.shape}.")
        if any(np.abs(law.sum(axis=1) - 1).max() > 1e-9 for law in laws):
            raise RemidError(f"world {self.name}: a law does not sum to 1, expected every row to.")

    def inputs(self, side: Side) -> FloatArray:
        """The input law of one side."""
        return self.id_inputs if side == "id" else self.shift_inputs

    def replies(self, side: Side) -> FloatArray:
        """The true conditional of one side."""
        return self.truth if side == "id" else self.shift_truth

    def emi(self, side: Side) -> float:
        """I(X; Y_theta) - I(X; Y) of the true laws, nats."""
        law = self.inputs(side)
        return mutual_information(law, self.model) - mutual_information(law, self.replies(side))

    def emid(self) -> float:
        """EMI(P) - EMI(Q) of the true laws, nats."""
        return self.emi("id") - self.emi("shift")

    def responder_emi(self, side: Side) -> float:
        """What R-EMI estimates: the expectation of vCLUB under q, replies less references."""
        law, log_q = self.inputs(side), np.log(self.responder)
        excess = self.model - self.replies(side)
        # E over p(x) (p_theta - p)(y | x) of log q(y | x), and below the same with x and y drawn apart.
        matched = float((law[:, None] * excess * log_q).sum())
        return matched - float(law @ log_q @ (law @ excess))

    def responder_emid(self) -> float:
        """What R-EMID estimates."""
        return self.responder_emi("id") - self.responder_emi("shift")

    def input_js(self) -> "InputJs":
        """How far the inputs move, exactly."""
        tables = [law.reshape(self.shape) for law in (self.id_inputs, self.shift_inputs)]
        first, second = (_marginals(table) for table in tables)
        factors = {
            _factor(k): histogram_js(a, b)
            for k, (a, b) in enumerate(zip(first, second, strict=True))
        }
        return InputJs(factors, histogram_js(*tables))


@dataclass(frozen=True, slots=True)
class InputJs:
    """JS of the inputs under P and Q, nats."""

    factors: dict[str, float]
    joint: float


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Index dialogues, shape (..., n) each."""

    inputs: IntArray
    references: IntArray
    replies: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Scores of the model's replies and of the references: (..., n) and (..., m)."""

    pairs: IntArray
    reply_positive: FloatArray = field(repr=False)
    reply_negative: FloatArray = field(repr=False)
    reference_positive: FloatArray = field(repr=False)
    reference_negative: FloatArray = field(repr=False)

    def reply(self) -> PairScores:
        """Scores of the model's replies, of one data set."""
        return PairScores(self.reply_positive, self.pairs, self.reply_negative)

    def reference(self) -> PairScores:
        """Scores of the references, of one data set."""
        return PairScores(self.reference_positive, self.pairs, self.reference_negative)


def sample(
    world: World, side: Side, size: int | tuple[int, ...], rng: np.random.Generator
) -> Sample:
    """Draw dialogues: x from the side's input law, a true reply and a model's reply to each."""
    # Inverse of the distribution function; the last value is divided out, since sums round.
    cumulative = np.cumsum(world.inputs(side))
    inputs = np.searchsorted(cumulative / cumulative[-1], rng.random(size), side="right")
    return Sample(
        inputs=inputs,
        references=_draw(world.replies(side), inputs, rng),
        replies=_draw(world.model, inputs, rng),
    )


def rewrite(world: World, dialogues: Sample, rng: np.random.Generator) -> Sample:
    """ID's dialogues under the world's kernel: new inputs and replies, the same references."""
    if world.kernel is None:
        raise RemidError(f"world {world.name} has no kernel, expected one made by `rewritten`.")
    inputs = _draw(world.kernel, dialogues.inputs, rng)
    return Sample(inputs, dialogues.references, _draw(world.model, inputs, rng))


def score(world: World, dialogues: Sample, pairs: IntArray) -> Scores:
    """Scores by the responder's table; probability 0 becomes -inf, which PairScores refuses."""
    with np.errstate(divide="ignore"):
        table = np.log(world.responder)
    x, context, reply = dialogues.inputs, *pairs.T
    y, z = dialogues.references, dialogues.replies
    return Scores(
        pairs=pairs,
        reply_positive=table[x, z],
        reply_negative=table[x[..., context], z[..., reply]],
        reference_positive=table[x, y],
        reference_negative=table[x[..., context], y[..., reply]],
    )


def mutual_information(inputs: FloatArray, conditional: FloatArray) -> float:
    """I(X; Y) of an input law (inputs,) and a conditional (inputs, replies), nats."""
    return float(entropy(inputs @ conditional) - inputs @ entropy(conditional))


def entropy(law: FloatArray) -> FloatArray:
    """Shannon entropy over the last axis, nats."""
    logs = np.log(law, out=np.zeros_like(law), where=law > 0)
    total: FloatArray = -(law * logs).sum(axis=-1)
    return total


def _draw(table: FloatArray, rows: IntArray, rng: np.random.Generator) -> IntArray:
    cumulative = np.cumsum(table, axis=1)
    cumulative /= cumulative[:, -1:]
    drawn: IntArray = (rng.random(rows.shape)[..., None] >= cumulative[rows]).sum(axis=-1)
    return drawn


def _marginals(table: FloatArray) -> list[FloatArray]:
    axes = range(table.ndim)
    return [table.sum(axis=tuple(other for other in axes if other != axis)) for axis in axes]


def outer_product(marginals: list[FloatArray]) -> FloatArray:
    """The joint law of independent factors."""
    product = marginals[0]
    for law in marginals[1:]:
        product = np.multiply.outer(product, law)
    return product


def _factor(position: int) -> str:
    return FACTORS[position] if position < len(FACTORS) else f"factor {position}"
