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

from remid.information.club import Design, negative_pairs
from remid.information.emi import EmiResult, emi, emid
from remid.information.interval import Components, components, subtract, uncertainty
from remid.information.worlds.gaussian import GaussianWorld
from remid.information.worlds.kinds import WORLDS
from remid.information.worlds.tabular import Sample, Scores, World, rewrite, sample, score
from remid.information.worst_case import worst_case

LEVEL = 0.95
GAUSSIAN = {
    "gaussian": GaussianWorld(),
    # One coordinate, a strong truth, a model that ignores x: influences with a skewness near -2.
    "skewed": GaussianWorld(
        gain=0.9,
        noise=0.436,
        model_gain=0.0,
        model_noise=1.0,
        responder_gain=0.9,
        responder_noise=0.436,
        dimensions=1,
    ),
}
WORLDS_PER_KIND = 20


@dataclass(frozen=True)
class Batch:
    """One split of many data sets: the differences model - reference, and the truth."""

    positive: np.ndarray
    pairs: np.ndarray
    negative: np.ndarray
    truth: float

    @property
    def values(self) -> np.ndarray:
        """R-EMI of each data set."""
        return self.positive.mean(-1) - self.negative.mean(-1)

    @property
    def parts(self) -> Components:
        """What the variances are made of."""
        return components(self.positive, self.pairs, self.negative)


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
    parts = [first.parts, second.parts]
    difference = subtract(*parts, common)
    results = {}
    for name, batch, part in (("emi P", first, parts[0]), ("emi Q", second, parts[1])):
        results[name] = _covered(batch.values - batch.truth, part)
    loss = first.values - second.values - (first.truth - second.truth)
    results["emid"] = _covered(loss, difference)
    if common is not None:
        results["emid, unpaired"] = _covered(loss, subtract(*parts))
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
            quantile = stats.t.ppf((1 + LEVEL) / 2, n - 1)
            jackknife, alone = (
                quantile * np.sqrt((batch.parts.dialogues**2).sum(-1)),
                quantile * np.sqrt(alone),
            )
            rows.append(
                {
                    "world": kind,
                    "n": n,
                    "chosen": _covered(error, batch.parts),
                    "jackknife": float((np.abs(error) <= jackknife).mean()),
                    "bootstrap of pairs w_i w_j": _bootstrap_coverage(batch, rng),
                    "scores as if independent": float((np.abs(error) <= alone).mean()),
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
                    "coverage": _covered(first.values - first.truth, first.parts),
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
                    str(k): emid(id_result, _result(world, sample(world, "shift", n, rng), rng))
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


def _covered(error: np.ndarray, parts: Components) -> float:
    spread = uncertainty(parts)
    half = stats.t.ppf((1 + LEVEL) / 2, spread.degrees) * np.sqrt(spread.variance)
    return float((np.abs(error) <= half).mean())


def _result(world: World, dialogues: Sample, rng: np.random.Generator) -> EmiResult:
    n = dialogues.inputs.size
    pairs = negative_pairs(n, design="cyclic", per_context=4, rng=rng)
    scores = score(world, dialogues, pairs)
    return emi(scores.reply(), scores.reference(), level=LEVEL)


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
