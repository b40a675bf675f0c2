"""Bounds on R-EMID from samples, and the exact identity behind the joint one (docs/validation.md).

Every part is a mean over dialogues. Intervals draw the parts together, cluster by cluster, and put
each draw through the bound's own formula, since roots, caps and floors have no useful derivative at 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from remid.domain.estimate import Estimate
from remid.information.arrays import FloatArray, IntArray
from remid.information.club import PairScores
from remid.information.formulas import joint_bound, paper_bound, scaled_bound
from remid.information.interval import (
    MINIMUM_CLUSTERS,
    MINIMUM_DIALOGUES,
    Contributions,
    Terms,
    combine,
    estimate,
)
from remid.information.moved import MOST_NATS, Divergence, InputShift
from remid.information.sampled import sampled_entropies

DRAWS = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Scores of one split, in one unit."""

    reply: PairScores
    reference: PairScores
    clusters: IntArray
    """Label of each dialogue's cluster; equal labels on both sides are one cluster."""
    reply_noise: FloatArray
    reference_noise: FloatArray
    """Variance of each score about minus its entropy (`sampled.token_noise`), nan where unknown."""
    outputs: Divergence
    """JS of the model's replies and the references."""

    @property
    def gap(self) -> PairScores:
        """Surprisal of the model's reply less that of the reference."""
        return self.reference.minus(self.reply)

    def marginal(self, scores: PairScores) -> Terms:
        """Mean score of each reply under other contexts; their mean is that of all pairs."""
        return Terms(scores.positive - scores.terms, self.clusters)

    def own(self, scores: PairScores) -> Terms:
        """Score of each reply under its own context."""
        return Terms(scores.positive, self.clusters)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds on q's EMID, estimates themselves, in the unit of the scores."""

    paper: Estimate
    """sqrt(2/k) H sum_z sqrt(JS_z) + 8 Delta^(1/4): of whole replies, so of scores per reply only;
    blind to a shift of the dependence alone."""
    joint: Estimate
    """mismatch + osc(g) min(1, sqrt(2 JS of the joint inputs)); the concept term is taken as 0."""
    scaled: Estimate
    """sum_z sqrt(JS_z) + JS_ID^(1/4) + JS_shift^(1/4) of the outputs; unitless, for comparing."""
    shares: Mapping[str, float]
    """Each factor's share of sum_z sqrt(JS_z); empty where no factor is above its floor."""
    mismatch: Estimate
    """How the reply marginals' entropies moved, the model's against the truth's."""
    covariate: Estimate
    """What the moved inputs cost, and with it the residual of the identity, the concept term: each
    split's references stand for good replies, so a change of those cannot be told from a change of
    inputs. Mismatch and covariate add up to the estimate of R-EMID."""


def bounds(
    inputs: InputShift, on_id: Side, on_shift: Side, *, level: float, rng: np.random.Generator
) -> Bounds:
    """Bounds from samples.

    Notes
    -----
    q stands in for the true laws, so these bound *q's* EMID. The concept term cannot be told from
    samples: Y | X is taken as unchanged, as the published bound does. H(Y | x) is estimated by
    `sampled_entropies`; a marginal entropy is minus the mean negative score, which is not below it.
    Representation JS is at most the true JS in the limit, so these are indications, no certificates.
    """
    sides = (on_id, on_shift)
    # g = log q(y | x) - log q(y_theta | x): what the model lets go beside the reference. Both laws of
    # replies are those of q, so every part below is a mean over dialogues of such scores.
    gaps = [side.gap for side in sides]
    marginals = [side.marginal(gap) for side, gap in zip(sides, gaps, strict=True)]
    owns = [side.own(gap) for side, gap in zip(sides, gaps, strict=True)]
    n = min(side.reply.n for side in sides)
    entropies = _entropies(sides)
    parts = _collected(inputs, on_id, on_shift, marginals, level)

    def factors(drawn: Mapping[str, FloatArray]) -> FloatArray:
        return np.stack([_nats(drawn[name]) for name in inputs.factors])

    def joint(drawn: Mapping[str, FloatArray]) -> FloatArray:
        # Data processing: a factor is a function of all inputs, so it cannot have moved further.
        js = np.maximum(_nats(drawn["JS joint"]), factors(drawn).max(axis=0))
        return joint_bound(drawn["mismatch"], np.ptp(entropies), js)

    def paper(drawn: Mapping[str, FloatArray]) -> FloatArray:
        outputs = _nats(drawn["JS ID"]) + _nats(drawn["JS shift"])
        return paper_bound(drawn["entropy"], factors(drawn), outputs)

    def scaled(drawn: Mapping[str, FloatArray]) -> FloatArray:
        return scaled_bound(factors(drawn), _nats(drawn["JS ID"]), _nats(drawn["JS shift"]))

    # One draw of all parts together, so that what errs together is drawn together.
    draws = parts.draw(rng)
    found = {f.__name__: parts.estimate(f(parts.point), f(draws)) for f in (paper, joint, scaled)}
    return Bounds(
        **found,
        shares=_shares(inputs),
        mismatch=estimate(marginals, [1, -1], n=n, level=level),
        covariate=estimate(owns, [-1, 1], n=n, level=level),
    )


def _entropies(sides: Sequence[Side]) -> FloatArray:
    """H(theta | x) - H(Y | x) of every input of both sides, from one draw of each."""
    # Single draws spread more than entropies do; the oscillation of g must not grow by that.
    return np.concatenate(
        [
            sampled_entropies(side.gap.positive, side.reply_noise + side.reference_noise)
            for side in sides
        ]
    )


def _collected(
    inputs: InputShift, on_id: Side, on_shift: Side, marginals: Sequence[Terms], level: float
) -> "_Parts":
    """Each part that the bounds are made of: its value, and by how much each cluster moves it."""
    worst, surprisal = _worst(on_shift), on_shift.own(on_shift.reference)
    marginal = on_id.marginal(on_id.reply)
    parts = _Parts(min(side.reply.n for side in (on_id, on_shift)), level)
    parts.add("mismatch", _difference(marginals), combine(marginals, [1, -1]))
    # H = max_x H(Q_Y|x) + H(P_Ytheta): the largest sampled entropy, and minus the mean negative score,
    # which is not below the entropy of the marginal (Gibbs).
    parts.add("entropy", worst - float(marginal.mean), combine([surprisal, marginal], [-1, -1]))
    # Raw less floor may be below 0 here: it is cut after drawing, or the draws would all lie above.
    for name, own in inputs.factors.items():
        parts.add(name, own.raw - own.floor, own.contributions)
    for name, own in {
        "joint": inputs.joint,
        "ID": on_id.outputs,
        "shift": on_shift.outputs,
    }.items():
        parts.add(f"JS {name}", own.raw - own.floor, own.contributions)
    return parts


def _shares(inputs: InputShift) -> dict[str, float]:
    """Each factor's share of what the factors add to the bounds; none where none moved."""
    roots = {name: float(np.sqrt(own.value)) for name, own in inputs.factors.items()}
    total = sum(roots.values())
    return {name: root / total for name, root in roots.items()} if total else {}


def dependence_warning(inputs: InputShift) -> str:
    """Say so where the dependence between factors is shown to have moved."""
    found = inputs.dependence
    if not found.moved:
        return ""
    most = found.pairs[found.largest]
    return (
        f"the dependence between the factors moved (most of all {found.largest}: "
        f"{most.on_id:.2f} on ID, {most.on_shift:.2f} under the shift, where 0 is none; "
        f"p = {found.p:.3f}), which the published bound leaves out"
    )


@dataclass
class _Parts:
    """Means over dialogues that a bound is made of, drawn together."""

    n: int
    level: float
    point: dict[str, FloatArray] = field(default_factory=dict)
    contributions: dict[str, Contributions] = field(default_factory=dict)

    def add(self, name: str, value: float, contributions: Contributions) -> None:
        self.point[name] = np.array([value])
        self.contributions[name] = contributions

    def draw(self, rng: np.random.Generator) -> dict[str, FloatArray]:
        """DRAWS values of every part: one t-distributed multiplier for each cluster."""
        labels = np.unique(np.concatenate([own.labels for own in self.contributions.values()]))
        degrees = max(self.clusters - 1, 1)
        # N(0, 1) sqrt(d / chi2_d) is Student's t with d degrees: few clusters, wide draws.
        scale = np.sqrt(degrees / rng.chisquare(degrees, (DRAWS, 1)))
        multipliers = rng.standard_normal((DRAWS, labels.size)) * scale
        return {
            name: self.point[name]
            + multipliers[:, np.searchsorted(labels, own.labels)] @ own.values
            for name, own in self.contributions.items()
        }

    @property
    def clusters(self) -> int:
        return min(own.labels.size for own in self.contributions.values())

    def estimate(self, value: FloatArray, drawn: FloatArray) -> Estimate:
        """A bound with the interval of its draws."""
        centre = float(value[0])
        if self.n < MINIMUM_DIALOGUES or self.clusters < MINIMUM_CLUSTERS:
            note = f"{self.n} dialogues in {self.clusters} clusters are too few for an interval"
            return Estimate(centre, np.nan, np.nan, np.nan, self.n, self.level, note)
        tail = (1 - self.level) / 2
        # Percentiles, not value +- t se: a bound has roots and caps, and is skewed near 0.
        low, high = np.quantile(drawn, [tail, 1 - tail])
        return Estimate(
            centre, float(drawn.std(ddof=1)), float(low), float(high), self.n, self.level
        )


def _difference(parts: Sequence[Terms]) -> float:
    return float(parts[0].mean - parts[1].mean)


def _nats(values: FloatArray) -> FloatArray:
    found: FloatArray = np.clip(values, 0, MOST_NATS)
    return found


def _worst(shift: Side) -> float:
    """Largest H(Y | x) of the shift's inputs."""
    return float(sampled_entropies(-shift.reference.positive, shift.reference_noise).max())
