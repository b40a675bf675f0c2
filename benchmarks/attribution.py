"""Whether the attribution is right on worlds of known truth: Shapley values, slices.

    python benchmarks/attribution.py [--data-sets 2000] [--searches 100] [--json]

Prints the figures of docs/validation.md; with --json the last line is one JSON object.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats
from tqdm import tqdm

from remid.information.arrays import FloatArray, IntArray
from remid.information.interval import Terms, combine, uncertainty
from remid.information.negatives import partner_pairs
from remid.information.shapley import SwapScores, shapley
from remid.information.slices import search_slices
from remid.information.worlds.attributed import ATTRIBUTED, enumerated_shapley, swap_scores
from remid.information.worlds.tabular import FACTORS, Side, World, sample

LEVEL = 0.95
SIZES = (8, 12, 21, 50)
WORLDS_PER_KIND = 50
SIDES: tuple[Side, ...] = ("id", "shift")
Row = dict[str, float | str]


def main(argv: list[str]) -> int:
    """Run both studies and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-sets", type=int, default=2000, help="of each kind of world and n")
    parser.add_argument("--searches", type=int, default=100, help="of each kind of values and n")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    start, rng = time.perf_counter(), np.random.default_rng(options.seed)
    tables: dict[str, list[Row]] = {}
    for name, study in (
        ("shapley", lambda: shapley_intervals(options.data_sets, rng)),
        ("slices", lambda: slices(options.searches, options.seed)),
    ):
        tables[name] = study()
        shown = pd.DataFrame(tables[name]).to_string(index=False, float_format="%.3g")
        print(f"\n{name}\n{shown}", flush=True)
    held = [v for row in tables["shapley"] for k, v in row.items() if k.startswith("held")]
    known = [float(v) for v in held if v == v]
    summary = {
        "lowest coverage": min(known),
        "highest coverage": max(known),
        "false slices": float(np.mean([float(row["false"]) for row in tables["slices"]])),
        "largest sum error": max(float(row["sum error"]) for row in tables["shapley"]),
        "seconds": time.perf_counter() - start,
    }
    print("\n" + ", ".join(f"{name} {value:.3g}" for name, value in summary.items()))
    if options.json:
        print(json.dumps({**tables, **summary}))
    return 0


def shapley_intervals(data_sets: int, rng: np.random.Generator) -> list[Row]:
    """How often the intervals of each factor's value hold the enumerated one.

    Of R-EMI on ID and of R-EMID; a factor that the responder does not read has the value 0 without
    error, which is checked and left out of the coverage.
    """
    rows: list[Row] = []
    for kind, n in tqdm([(kind, n) for kind in ATTRIBUTED for n in SIZES], desc="shapley"):
        found: dict[str, list[float]] = {}
        for _ in range(WORLDS_PER_KIND):
            own = _one_world(ATTRIBUTED[kind](rng), n, data_sets // WORLDS_PER_KIND, rng)
            for name, value in own.items():
                found.setdefault(name, []).append(value)
        worst = max(found.pop("sum error"))
        # A factor that is read in no world of the kind has no coverage, not one of 0.
        means = {
            name: float(np.nanmean(values)) if not np.isnan(values).all() else np.nan
            for name, values in found.items()
        }
        rows.append({"world": kind, "n": n, **means, "sum error": worst})
    return rows


def _one_world(world: World, n: int, data_sets: int, rng: np.random.Generator) -> dict[str, float]:
    pairs = partner_pairs(rng.permutation(n), np.arange(n))
    values, truths, worst = {}, {}, 0.0
    for k, side in enumerate(SIDES):
        scores = _scores(world, side, (data_sets, n), pairs, rng)
        shared = shapley(scores)
        worst = max(worst, float(np.abs(shared.factors.sum(axis=-2) - shared.total).max()))
        law = world.inputs(side)
        truths[side] = enumerated_shapley(law, world.model, world) - enumerated_shapley(
            law, world.replies(side), world
        )
        values[side] = [Terms(shared.factors[:, f], k * n + np.arange(n)) for f in range(3)]
    out = {"sum error": worst}
    for f, factor in enumerate(FACTORS):
        first, second = (values[side][f] for side in SIDES)
        error = first.mean - truths["id"][f]
        out[f"held, R-EMI: {factor}"] = _held(error, [first], [1])
        loss = first.mean - second.mean - (truths["id"][f] - truths["shift"][f])
        out[f"held, R-EMID: {factor}"] = _held(loss, [first, second], [1, -1])
        without = combine([first], [1]).values.std(axis=-1) < 1e-12
        if not without.all():
            out["alike"] = max(out.get("alike", 0.0), float(without.mean()))
        spread = first.mean.std()
        out[f"bias/sd: {factor}"] = float(error.mean() / spread) if spread > 1e-9 else np.nan
    return out


def _scores(
    world: World, side: Side, size: tuple[int, int], pairs: IntArray, rng: np.random.Generator
) -> SwapScores:
    drawn = sample(world, side, size, rng)
    model = swap_scores(world, drawn.inputs, drawn.replies, pairs)
    return model.minus(swap_scores(world, drawn.inputs, drawn.references, pairs))


def _held(error: FloatArray, parts: Sequence[Terms], signs: Sequence[float]) -> float:
    spread = uncertainty(combine(parts, signs))
    varies = spread.variance > 1e-20
    if not varies.any():
        # The responder does not read the factor in this world: 0, and without error.
        assert np.abs(error).max() < 1e-9
        return np.nan
    # Where chance made all terms alike there is no interval, as in the tables; `alike` counts them.
    quantile = stats.t.ppf((1 + LEVEL) / 2, spread.degrees[varies])
    half = quantile * np.sqrt(spread.variance[varies])
    return float((np.abs(error[varies]) <= half).mean())


def slices(searches: int, seed: int) -> list[Row]:
    """How often a planted slice is found, and any at all where attributes mean nothing."""
    rows: list[Row] = []
    cells = [(law, n) for law in LAWS for n in (120, 240)]
    for cell, (law, n) in enumerate(tqdm(cells, desc="slices")):
        rng = np.random.default_rng([seed, cell])
        false, single, pair, searched = [], [], [], []
        for _ in range(searches):
            attributes = _attributes(n, rng)
            values, clusters = _values(law, n, rng)
            nothing = search_slices(values, attributes, clusters=clusters, flips=500, rng=rng)
            false.append(bool(nothing.found))
            searched.append(nothing.searched)
            # Both planted at once: a standard deviation and a quarter less in a third of the
            # dialogues, and in the quarter that has both of two attributes.
            moved = values.copy()
            for where in PLANTED.values():
                mask = np.all([np.array(attributes[a]) == v for a, v in where.items()], axis=0)
                moved -= 1.25 * values.std() * mask
            found = search_slices(moved, attributes, clusters=clusters, flips=500, rng=rng)
            names = [set(own.attributes) for own in found.found]
            for planted, hits in (("single", single), ("pair", pair)):
                hits.append({f"{a} = {v}" for a, v in PLANTED[planted].items()} in names)
        rows.append(
            {
                "values": law,
                "n": n,
                "searched": float(np.mean(searched)),
                "false": float(np.mean(false)),
                "single found": float(np.mean(single)),
                "pair found": float(np.mean(pair)),
            }
        )
    return rows


LAWS = ("normal", "skewed", "heavy tails", "clusters of 4")
PLANTED = {"single": {"kind 0": "1"}, "pair": {"half 0": "yes", "half 1": "yes"}}


def _attributes(n: int, rng: np.random.Generator) -> dict[str, list[str]]:
    """Five attributes of three values, two halves, twenty words that few dialogues have."""
    kinds = {f"kind {k}": [str(v) for v in rng.integers(0, 3, n)] for k in range(5)}
    halves = {f"half {k}": ["yes" if v else "no" for v in rng.random(n) < 0.5] for k in range(2)}
    words = {
        f"word {k}": ["said" if v else "" for v in rng.random(n) < rng.uniform(0.08, 0.4)]
        for k in range(20)
    }
    return {**kinds, **halves, **words}


def _values(law: str, n: int, rng: np.random.Generator) -> tuple[FloatArray, IntArray | None]:
    if law == "normal":
        return rng.standard_normal(n), None
    if law == "skewed":
        return -rng.exponential(size=n), None
    if law == "heavy tails":
        return rng.standard_t(3, n), None
    labels = np.repeat(np.arange(n // 4), 4)
    return rng.standard_normal(n // 4)[labels] + rng.standard_normal(n), labels


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
