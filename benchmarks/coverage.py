"""How often the nominal 95% intervals hold the truth, on worlds whose truth is enumerated.

    python benchmarks/coverage.py [--data-sets 2000] [--json]

Prints the figures of docs/validation.md; with --json the last line is one JSON object.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from tqdm import tqdm

from remid.information.club import terms
from remid.information.emi import EmiResult, emi, emid
from remid.information.interval import Contributions, Terms, combine, uncertainty
from remid.information.negatives import Design, negative_pairs
from remid.information.worlds.gaussian import GaussianWorld
from remid.information.worlds.kinds import WORLDS
from remid.information.worlds.tabular import Sample, Scores, World, rewrite, sample, score
from remid.information.worst_case import worst_case

LEVEL = 0.95
GAUSSIAN = {
    "gaussian": GaussianWorld(),
    # One coordinate, a strong truth, a model that ignores x: influences with a skewness near -2.
    "skewed": GaussianWorld(
        gain=0.9, noise=0.436, model_gain=0.0, model_noise=1.0,
        responder_gain=0.9, responder_noise=0.436, dimensions=1,
    ),
}  # fmt: skip
WORLDS_PER_KIND = 20


@dataclass(frozen=True)
class Batch:
    """One split of many data sets: the differences model - reference, and the truth."""

    positive: np.ndarray
    pairs: np.ndarray
    negative: np.ndarray
    truth: float

    def terms(self, first: int = 0) -> Terms:
        """What each dialogue adds; dialogues are numbered from `first`."""
        values = terms(self.positive, self.pairs, self.negative)
        return Terms(values, first + np.arange(values.shape[-1]))

    @property
    def values(self) -> np.ndarray:
        """R-EMI of each data set."""
        return self.terms().mean


def main(argv: list[str]) -> int:
    """Run every study and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-sets", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    start, rng = time.perf_counter(), np.random.default_rng(options.seed)
    studies: dict[str, Callable[[], list[dict[str, float | str]]]] = {
        "intervals": lambda: intervals(options.data_sets, rng),
        "limits": lambda: intervals(options.data_sets, rng, kinds=("skewed",)),
        "levels": lambda: levels(options.data_sets, rng),
        "clusters": lambda: clustered(options.data_sets, rng),
        "twins": lambda: twins(options.data_sets, rng),
        "alternatives": lambda: alternatives(options.data_sets // 2, rng),
        "designs": lambda: designs(options.data_sets, rng),
        "worst_case": lambda: worst_cases(options.data_sets // 5, rng),
    }
    tables = {}
    for name, study in studies.items():
        tables[name] = study()
        shown = pd.DataFrame(tables[name]).to_string(index=False, float_format="%.3g")
        print(f"\n{name}\n{shown}")
    seconds = time.perf_counter() - start
    print(f"\n{seconds:.0f} s")
    if options.json:
        print(json.dumps({**tables, "seconds": seconds}))
    return 0


def intervals(
    data_sets: int, rng: np.random.Generator, kinds: Sequence[str] = (*WORLDS, "gaussian")
) -> list[dict[str, float | str]]:
    """Coverage of R-EMI (on P and on Q) and R-EMID for each kind of world and each n."""
    rows = []
    cells = [(kind, n) for kind in kinds for n in (8, 12, 20, 50, 200)]
    for kind, n in tqdm(cells, desc="interval coverage"):
        runs = [
            coverage(*splits(kind, n, data_sets // WORLDS_PER_KIND, rng))
            for _ in range(WORLDS_PER_KIND)
        ]
        mean = {key: float(np.mean([run[key] for run in runs])) for key in runs[0]}
        rows.append({"world": kind, "n": n, **mean})
    return rows


def coverage(first: Batch, second: Batch, common: np.ndarray | None) -> dict[str, float]:
    """Coverage of R-EMI on both sides and of R-EMID; bias in standard deviations."""
    n = first.positive.shape[-1]
    results = {}
    for name, batch in (("emi P", first), ("emi Q", second)):
        results[name] = covered(batch.values - batch.truth, combine([batch.terms()], [1]))
    loss = first.values - second.values - (first.truth - second.truth)
    apart = combine([first.terms(), second.terms(n)], [1, -1])
    if common is None:
        results["emid"] = covered(loss, apart)
    else:
        results["emid"] = covered(loss, combine([first.terms(), second.terms()], [1, -1]))
        results["emid, unpaired"] = covered(loss, apart)
    results["bias/sd emi P"] = float((first.values - first.truth).mean() / first.values.std())
    results["bias/sd emid"] = float(loss.mean() / loss.std())
    return results


def splits(
    kind: str, n: int, data_sets: int, rng: np.random.Generator, design: Design = "cyclic"
) -> tuple[Batch, Batch, np.ndarray | None]:
    """ID and shift of one world, `data_sets` times n dialogues each, with four negatives."""
    pairs = negative_pairs(n, design=design, per_context=4, rng=rng)
    if kind in GAUSSIAN:
        gaussian = GAUSSIAN[kind]
        return (
            _batch(gaussian.scores("id", (data_sets, n), pairs, rng), gaussian.responder_emi("id")),
            _batch(
                gaussian.scores("shift", (data_sets, n), pairs, rng),
                gaussian.responder_emi("shift"),
            ),
            None,
        )
    world = WORLDS[kind](rng)
    first = sample(world, "id", (data_sets, n), rng)
    common = None if world.kernel is None else np.stack([np.arange(n)] * 2, axis=1)
    second = (
        sample(world, "shift", (data_sets, n), rng)
        if world.kernel is None
        else rewrite(world, first, rng)
    )
    return (
        _batch(score(world, first, pairs), world.responder_emi("id")),
        _batch(score(world, second, pairs), world.responder_emi("shift")),
        common,
    )


def alternatives(data_sets: int, rng: np.random.Generator) -> list[dict[str, float | str]]:
    """Coverage of R-EMI by the intervals that were not chosen, on the same data sets."""
    rows = []
    for kind in ("dependent", "gaussian"):
        for n in (20, 50):
            batch, _, _ = splits(kind, n, data_sets, rng)
            error = batch.values - batch.truth
            # As if every score were independent of every other.
            alone = batch.positive.var(-1, ddof=1) / n
            alone += batch.negative.var(-1, ddof=1) / len(batch.pairs)
            half = stats.t.ppf((1 + LEVEL) / 2, n - 1) * np.sqrt(alone)
            rows.append(
                {
                    "world": kind,
                    "n": n,
                    "chosen": covered(error, combine([batch.terms()], [1])),
                    "bootstrap of pairs w_i w_j": _bootstrap_coverage(batch, rng),
                    "scores as if independent": float((np.abs(error) <= half).mean()),
                }
            )
    return rows


def levels(data_sets: int, rng: np.random.Generator) -> list[dict[str, float | str]]:
    """Replies that differ in level: S[i, j] = a_i + b_j + c_ij, sd(a) 0.1, sd(c) 0.3, truth 0.

    ``half-width`` is the mean one over that of the known variance at the same degrees of freedom.
    """
    rows = []
    for design, per_reply in (("cyclic", 2), ("cyclic", 4), ("all", 1)):
        for n in (8, 21, 44):
            pairs = negative_pairs(n, design=design, per_context=per_reply, rng=rng)
            for spread in (0.0, 0.5, 1.0, 2.0):
                values = np.concatenate(
                    [terms(*_additive(n, pairs, spread, 100, rng)) for _ in range(data_sets // 100)]
                )
                own = Terms(values, np.arange(n))
                # Balanced pairs cancel a and b: what is left is c_jj less the mean of k of c_ij.
                known = np.sqrt(0.3**2 * (1 + n / len(pairs)) / n)
                rows.append(
                    {
                        "design": f"{design} {per_reply}" if design == "cyclic" else design,
                        "n": n,
                        "sd(b)": spread,
                        "coverage": covered(own.mean, combine([own], [1])),
                        "half-width": relative_width(own, known),
                    }
                )
    return rows


def _additive(
    n: int, pairs: np.ndarray, spread: float, sets: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    a = 0.1 * rng.standard_normal((sets, n, 1))
    b = spread * rng.standard_normal((sets, 1, n))
    scores = a + b + 0.3 * rng.standard_normal((sets, n, n))
    own = np.arange(n)
    return scores[:, own, own], pairs, scores[:, pairs[:, 0], pairs[:, 1]]


def clustered(data_sets: int, rng: np.random.Generator) -> list[dict[str, float | str]]:
    """Dialogues that come in clusters, whose interaction terms have a common part."""
    rows = []
    for size, groups in ((2, 8), (2, 11), (2, 22), (3, 7), (5, 8), (5, 20)):
        n = size * groups
        label = np.repeat(np.arange(groups), size)
        pairs = negative_pairs(n, design="cyclic", per_context=2, rng=rng, clusters=label)
        context, reply = pairs.T
        shape = (data_sets, n)
        alike = 0.3 * rng.standard_normal((data_sets, groups))[:, label]
        positive = alike + 0.3 * rng.standard_normal(shape) + (b := rng.standard_normal(shape))
        negative = b[:, reply] + 0.3 * rng.standard_normal((data_sets, len(pairs)))
        values = terms(positive, pairs, negative)
        own = Terms(values, label)
        alone = Terms(values, np.arange(n))
        rows.append(
            {
                "clusters": groups,
                "each of": size,
                "coverage": covered(own.mean, combine([own], [1])),
                "as if independent": covered(own.mean, combine([alone], [1])),
                "half-width": relative_width(own, float(own.mean.std())),
            }
        )
    return rows


def twins(data_sets: int, rng: np.random.Generator) -> list[dict[str, float | str]]:
    """R-EMID of splits whose dialogues are twins: terms correlated, negative pairs shared or not."""
    rows = []
    for n in (8, 21, 44):
        for correlation in (0.0, 0.5, 0.9):
            pairs = negative_pairs(n, design="cyclic", per_context=2, rng=rng)
            common = rng.standard_normal((data_sets, n, n))
            both = []
            for _ in range(2):
                own = rng.standard_normal((data_sets, n, n))
                scores = 0.3 * (np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own)
                scores += rng.standard_normal((data_sets, 1, n))
                i = np.arange(n)
                negative = scores[:, pairs[:, 0], pairs[:, 1]]
                both.append(terms(scores[:, i, i], pairs, negative))
            paired = [Terms(values, np.arange(n)) for values in both]
            apart = [paired[0], Terms(both[1], n + np.arange(n))]
            error = paired[0].mean - paired[1].mean
            width = {
                name: float(half_widths(combine(parts, [1, -1])).mean())
                for name, parts in (("paired", paired), ("apart", apart))
            }
            rows.append(
                {
                    "n": n,
                    "correlation": correlation,
                    "coverage, paired": covered(error, combine(paired, [1, -1])),
                    "coverage, apart": covered(error, combine(apart, [1, -1])),
                    "half-width, paired / apart": width["paired"] / width["apart"],
                }
            )
    return rows


def _bootstrap_coverage(batch: Batch, rng: np.random.Generator, resamples: int = 400) -> float:
    """Percentile bootstrap: dialogues drawn with replacement, pair (i, j) weighted w_i w_j."""
    n = batch.positive.shape[-1]
    hits = []
    for positive, negative in zip(batch.positive, batch.negative, strict=True):
        weights = rng.multinomial(n, np.full(n, 1 / n), size=resamples)
        pair_weights = weights[:, batch.pairs[:, 0]] * weights[:, batch.pairs[:, 1]]
        values = weights @ positive / n - pair_weights @ negative / pair_weights.sum(1)
        low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        hits.append(low <= batch.truth <= high)
    return float(np.mean(hits))


def designs(data_sets: int, rng: np.random.Generator) -> list[dict[str, float | str]]:
    """Spread and coverage of R-EMI under each design of the negative pairs."""
    rows = []
    for design in ("cyclic", "random", "all"):
        for n in (20, 50):
            first, _, _ = splits("gaussian", n, data_sets, rng, design)
            rows.append(
                {
                    "design": design,
                    "n": n,
                    "pairs": len(first.pairs),
                    "sd": float(first.values.std()),
                    "coverage": covered(first.values - first.truth, combine([first.terms()], [1])),
                }
            )
    return rows


def worst_cases(data_sets: int, rng: np.random.Generator) -> list[dict[str, float | str]]:
    """Coverage of the largest of eleven R-EMIDs, and the bias of its estimates."""
    rows = []
    for equal in (False, True):
        worlds = _shifts_of_one_world(equal=equal)
        truth = max(world.responder_emid() for world in worlds)
        for n in (20, 50):
            hits, naive, corrected = [], [], []
            for _ in tqdm(range(data_sets), desc=f"worst case, n = {n}"):
                id_result = _result(worlds[0], sample(worlds[0], "id", n, rng), rng)
                emids = {
                    str(k): emid(
                        id_result,
                        _result(world, sample(world, "shift", n, rng), rng, (k + 1) * n),
                    )
                    for k, world in enumerate(worlds)
                }
                worst = worst_case(emids, rng=rng, resamples=500)
                hits.append(worst.estimate.low <= truth <= worst.estimate.high)
                naive.append(worst.estimate.value - truth)
                corrected.append(worst.median_unbiased - truth)
            rows.append(
                {
                    "shifts": "eleven equal" if equal else "eleven different",
                    "n": n,
                    "coverage": float(np.mean(hits)),
                    "bias of the maximum": float(np.mean(naive)),
                    "median-unbiased: above the truth": float(np.mean(np.array(corrected) > 0)),
                }
            )
    return rows


def _batch(scores: Scores, truth: float) -> Batch:
    positive = scores.reply_positive - scores.reference_positive
    return Batch(positive, scores.pairs, scores.reply_negative - scores.reference_negative, truth)


def half_widths(parts: Contributions) -> np.ndarray:
    """Half-width of each data set's interval."""
    spread = uncertainty(parts)
    return stats.t.ppf((1 + LEVEL) / 2, spread.degrees) * np.sqrt(spread.variance)


def covered(error: np.ndarray, parts: Contributions) -> float:
    """Share of the data sets whose interval holds the truth."""
    return float((np.abs(error) <= half_widths(parts)).mean())


def relative_width(own: Terms, known: float) -> float:
    """Mean half-width over that of a known standard error, at the same degrees of freedom."""
    degrees = np.unique(own.clusters).size - 1
    half = stats.t.ppf((1 + LEVEL) / 2, degrees) * known
    return float(half_widths(combine([own], [1])).mean() / half)


def _result(world: World, dialogues: Sample, rng: np.random.Generator, first: int = 0) -> EmiResult:
    n = dialogues.inputs.size
    pairs = negative_pairs(n, design="cyclic", per_context=4, rng=rng)
    scores = score(world, dialogues, pairs)
    return emi(scores.reply(), scores.reference(), clusters=first + np.arange(n), level=LEVEL)


def _shifts_of_one_world(*, equal: bool) -> list[World]:
    """Eleven shifts of one ID; `equal` ones are the hardest case for a maximum."""
    rng = np.random.default_rng(3)
    base = WORLDS["dependent"](rng)
    laws = [base.shift_inputs if equal else rng.dirichlet(np.ones(12)) for _ in range(11)]
    return [
        World(
            "shift", base.shape, base.id_inputs, law, base.truth, base.truth, base.model, base.truth
        )
        for law in laws
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
