"""Where the variance of an estimate comes from, and which sizes give an interval at least cost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from remid.domain.errors import RemidError
from remid.information.arrays import FloatArray
from remid.information.interval import Measured, required_dialogues

MOST_DRAWS, MOST_NEGATIVES = 8, 16
"""Sizes among which the cheapest is looked for; beyond, the dialogues' own variance is all."""


@dataclass(frozen=True, slots=True)
class Components:
    """Variances of x[j, k, l] = m + d_j + r_jk + c_jl + e_jkl, in the unit squared; may be below 0.

    Estimated without bias by mean squares, which is why a small one can come out negative.
    """

    dialogue: float
    """Of d_j; with one draw that of d_j + r_jk, which cannot be told apart."""
    draw: float
    """Of r_jk, the draw of the reply; nan with one draw."""
    negative: float
    """Of c_jl, the context of the negative; with one draw that of c_jl + e_jkl; nan with one."""
    residual: float
    """Of e_jkl; nan with one draw or one negative."""

    def change(self, now: tuple[int, int], then: tuple[int, int]) -> float:
        """By how much a dialogue's variance changes from (draws, negatives) to others."""
        (draws, negatives), (more, further) = now, then
        terms = (
            (self.draw, 1 / more - 1 / draws),
            (self.negative, 1 / further - 1 / negatives),
            (self.residual, 1 / (more * further) - 1 / (draws * negatives)),
        )
        # What is not known is asked for no change: the other factor is zero, or it is left out.
        return sum(value * factor for value, factor in terms if factor and not np.isnan(value))


def components(x: FloatArray) -> Components:
    """Split the variance by mean squares.

    Parameters
    ----------
    x : shape (n, draws, negatives): score of draw k of the reply to dialogue j under its own
        context, less the same under its negative context l (for R-EMI, less that of the reference).

    Notes
    -----
    Within a dialogue a two-way layout, draws crossed with negatives, one value a cell:
    E MS_draw = s_e + M s_r, E MS_negative = s_e + K s_c, E MS_residual = s_e, and the dialogues'
    means vary by s_d + s_r / K + s_c / M + s_e / (K M) (Searle, Casella, McCulloch 1992, ch. 4).

    Raises
    ------
    RemidError : fewer than two dialogues.
    """
    n, draws, negatives = x.shape
    if n < 2:
        raise RemidError(
            f"variance components: {n} dialogues, expected at least 2: evaluate more of them."
        )
    by_draw, by_negative = x.mean(2), x.mean(1)
    means = float(x.mean((1, 2)).var(ddof=1))
    if draws == 1:
        negative = float(x[:, 0].var(1, ddof=1).mean()) if negatives > 1 else np.nan
        own = means - (negative / negatives if negatives > 1 else 0.0)
        return Components(own, np.nan, negative, np.nan)
    spread = float(by_draw.var(1, ddof=1).mean())
    if negatives == 1:
        return Components(means - spread / draws, spread, np.nan, np.nan)
    centre = x.mean((1, 2), keepdims=True)
    cells = x - by_draw[:, :, None] - by_negative[:, None, :] + centre
    residual = float((cells**2).sum() / (n * (draws - 1) * (negatives - 1)))
    draw = spread - residual / negatives
    negative = float(by_negative.var(1, ddof=1).mean()) - residual / draws
    own = means - draw / draws - negative / negatives - residual / (draws * negatives)
    return Components(own, draw, negative, residual)


@dataclass(frozen=True, slots=True)
class Lengths:
    """Mean tokens of a dialogue's texts."""

    prompt: float
    """User, character and dialogue."""
    trace: float
    reply: float
    """What is scored of a reply or a reference."""
    shuffles: int = 1

    def cost(self, draws: int, negatives: int) -> float:
        """Tokens read and written for one dialogue.

        The trace is written behind its prompt; every draw behind a prompt; the responder reads the
        prompt with the trace once, and behind it the draws and the reference, their shufflings, and
        as many of other dialogues for each negative.
        """
        written = self.prompt + self.trace + draws * (self.prompt + self.reply)
        replies = (draws + 1) * (1 + negatives + self.shuffles)
        return written + self.prompt + self.trace + replies * self.reply


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes of a run."""

    dialogues: int
    """Of every split."""
    draws: int
    negatives: int
    tokens: float
    """Read and written for all dialogues of both splits."""


def cheapest(
    result: Measured,
    sides: Sequence[Components],
    lengths: Lengths,
    *,
    now: tuple[int, int],
    half_width: float,
) -> Plan:
    """Sizes at which an R-EMID has an interval of +- `half_width` for the fewest tokens.

    The variance that was measured, clusters and pairs included, moves by what the components say of
    other numbers of draws and negatives; what is not known (draws, where there was one) stays.

    Parameters
    ----------
    result : R-EMID as measured with `now` = (draws, negatives).
    sides : components of each of its splits.

    Raises
    ------
    RemidError : no standard error to plan from.
    """
    if not result.standard_error > 0:
        raise RemidError(
            f"no plan from a standard error of {result.standard_error} "
            f"({result.note or 'undefined'}): evaluate more dialogues first."
        )
    per_dialogue = result.n * result.standard_error**2
    vary_draws = not any(np.isnan(side.draw) for side in sides)
    vary_negatives = not any(np.isnan(side.negative) for side in sides)
    plans = []
    for draws in range(1, MOST_DRAWS + 1) if vary_draws else (now[0],):
        for negatives in range(1, MOST_NEGATIVES + 1) if vary_negatives else (now[1],):
            then = (draws, negatives)
            variance = per_dialogue + sum(side.change(now, then) for side in sides)
            # Noisy components can promise less than nothing; such sizes are not to be believed.
            if variance <= 0:
                continue
            error = float(np.sqrt(variance / result.n))
            n = required_dialogues(replace(result, standard_error=error), half_width)
            plans.append(Plan(n, *then, len(sides) * n * lengths.cost(*then)))
    return min(plans, key=lambda plan: plan.tokens)
