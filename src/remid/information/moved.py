"""How far inputs or outputs moved: JS with its floor taken off, and its terms by dialogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from remid.domain.errors import RemidError
from remid.domain.estimate import Estimate
from remid.information.arrays import FloatArray, IntArray
from remid.information.dependence import Dependence, dependence
from remid.information.divergence import (
    gram_floor,
    gram_influence,
    gram_js,
    gram_terms,
    joint_gram,
    stacked_gram,
)
from remid.information.interval import Contributions, Terms, combine, measured

LEFT_OUT_ROWS = 120
"""Dialogues of both samples up to which each is left out for its influence; beyond, the JS's own
terms, which are as good there and far quicker."""
MOST_NATS = float(np.log(2))


@dataclass(frozen=True, slots=True, eq=False)
class Divergence:
    """One representation JS, nats."""

    raw: float
    """As measured: too high at small samples."""
    floor: float
    """What samples of these sizes show without any shift; 0 where the JS is exact."""
    first: Terms
    second: Terms
    """What each dialogue of either sample adds to twice the JS."""

    def __post_init__(self) -> None:
        wrong = [v for v in (self.raw, self.floor) if not 0 <= v <= MOST_NATS + 1e-6]
        if wrong:
            raise RemidError(
                f"divergence {wrong[0]}, expected from 0 to log 2 = 0.693 nats: measure it with "
                "divergence.py, in nats."
            )

    @property
    def value(self) -> float:
        """JS less its floor, 0 where it does not reach it."""
        return max(self.raw - self.floor, 0.0)

    @property
    def contributions(self) -> Contributions:
        """What each cluster contributes to its error, the floor taken as known."""
        return combine([self.first, self.second], [1 / 2, 1 / 2])

    def estimate(self, level: float = 0.95) -> Estimate:
        """`value` with its interval, both from 0 to log 2; 0 at the lower end says "no shift"."""
        sides = (self.first, self.second)
        found = measured(
            self.raw - self.floor,
            self.contributions,
            n=min(side.values.size for side in sides),
            clusters=min(np.unique(side.clusters).size for side in sides),
            level=level,
        )
        # A JS lies between 0 and log 2; an interval that says more says nothing more.
        low, high = (float(np.clip(end, 0, MOST_NATS)) for end in (found.low, found.high))
        return Estimate(self.value, found.standard_error, low, high, found.n, level, found.note)


@dataclass(frozen=True, slots=True, eq=False)
class InputShift:
    """How far the inputs moved: each factor, all together, and their dependence."""

    factors: Mapping[str, Divergence]
    joint: Divergence
    """Of the product kernel, which tells any two small samples of long embeddings apart."""
    dependence: Dependence

    def joint_value(self) -> float:
        """JS of the joint inputs, at least that of every factor: a part cannot move further."""
        return max(self.joint.value, *(own.value for own in self.factors.values()))


def divergence(
    gram: FloatArray,
    first: IntArray,
    second: IntArray,
    rng: np.random.Generator,
    *,
    paired: bool = False,
) -> Divergence:
    """Measure one JS from a stacked Gram matrix and the cluster labels of either sample."""
    n = len(first)
    # Leaving out costs n eigenvalue problems of size n: fourth power.
    terms = (gram_influence if len(gram) <= LEFT_OUT_ROWS else gram_terms)(gram, n)
    return Divergence(
        raw=gram_js(gram, n),
        floor=gram_floor(gram, n, rng, paired=paired),
        first=Terms(terms[:n], first),
        second=Terms(terms[n:], second),
    )


def averaged(parts: Sequence[Divergence]) -> Divergence:
    """Mean of several divergences of the same dialogues, such as of one model's trainings."""
    first, second = (
        Terms(
            np.mean([getattr(own, side).values for own in parts], axis=0),
            getattr(parts[0], side).clusters,
        )
        for side in ("first", "second")
    )
    raw, floor = (
        float(np.mean([getattr(own, field) for own in parts])) for field in ("raw", "floor")
    )
    return Divergence(raw, floor, first, second)


def input_shift(
    id_factors: Mapping[str, FloatArray],
    shift_factors: Mapping[str, FloatArray],
    *,
    id_clusters: IntArray | None = None,
    shift_clusters: IntArray | None = None,
    rng: np.random.Generator,
) -> InputShift:
    """Measure the input shift from embeddings (n, d) and (m, d) of each factor.

    Parameters
    ----------
    id_clusters, shift_clusters : label of each dialogue's cluster, equal ones in both splits being
        one; None: each dialogue is its own.
    """
    if id_factors.keys() != shift_factors.keys() or not id_factors:
        raise RemidError(
            f"input shift: factors {sorted(id_factors)} and {sorted(shift_factors)}, expected the "
            "same factors for both splits."
        )
    n, m = (len(next(iter(own.values()))) for own in (id_factors, shift_factors))
    first = np.arange(n) if id_clusters is None else id_clusters
    # Below 0: no label of the first sample, so nothing is paired.
    second = -1 - np.arange(m) if shift_clusters is None else shift_clusters
    grams = {name: stacked_gram(id_factors[name], shift_factors[name]) for name in id_factors}
    return InputShift(
        factors={name: divergence(gram, first, second, rng) for name, gram in grams.items()},
        joint=divergence(joint_gram(list(grams.values())), first, second, rng),
        dependence=dependence(
            id_factors, shift_factors, id_clusters=first, shift_clusters=second, rng=rng
        ),
    )
