"""Bounds on random worlds, and representation JS on samples: the figures of docs/validation.md.

    python benchmarks/bounds.py [--worlds 20000] [--json]

With --json the last line is one JSON object.
"""

import argparse
import json
import sys

import numpy as np
import pandas as pd
from scipy import stats
from tqdm import tqdm

from remid.information.divergence import (
    gram_floor,
    gram_js,
    stacked_gram,
)
from remid.information.interval import MINIMUM_DIALOGUES, Measured
from remid.information.worlds.exact import enumerated_bounds
from remid.information.worlds.kinds import random_world

JACKKNIFE_GROUPS = 20


def main(argv: list[str]) -> int:
    """Run both studies and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", type=int, default=20_000)
    parser.add_argument("--data-sets", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    rng = np.random.default_rng(options.seed)
    tables = {
        "bounds": bounds_study(options.worlds, rng),
        "divergence": divergences(options.data_sets, rng),
    }
    for name, rows in tables.items():
        shown = pd.DataFrame(rows).to_string(index=False, float_format="%.3g")
        print(f"\n{name}\n{shown}")
    if options.json:
        print(json.dumps(tables))
    return 0


def divergences(data_sets: int, rng: np.random.Generator) -> list[dict[str, float | str]]:
    """Representation JS of clustered embeddings: jackknife interval and bootstrap bias."""
    rows = []
    centres = rng.standard_normal((6, 96))
    laws = [np.full(6, 1 / 6), np.array([0.4, 0.3, 0.1, 0.1, 0.05, 0.05])]
    for n in (20, 50, 100):
        grams = []
        for _ in range(data_sets):
            samples = [
                centres[rng.choice(6, n, p=law)] + rng.standard_normal((n, 96)) for law in laws
            ]
            grams.append(stacked_gram(*samples))
        values = np.array([gram_js(gram, n) for gram in grams])
        # The target is the expectation at this n: half the data sets for it, half for the test.
        target, half = values[: data_sets // 2].mean(), grams[data_sets // 2 :][:50]
        estimates = [_jackknife(gram, n) for gram in half]
        drawn = [np.r_[rng.integers(n, size=n), n + rng.integers(n, size=n)] for _ in half]
        floors = [gram_floor(gram, n, rng, relabellings=3) for gram in half]
        halves = [gram_floor(gram[:n, :n], n // 2, rng, relabellings=3) for gram in half]
        boot = [gram_js(gram[np.ix_(d, d)], n) for gram, d in zip(half, drawn, strict=True)]
        rows.append(
            {
                "n": n,
                "mean": float(values.mean()),
                "sd": float(values.std()),
                "jackknife se": float(np.mean([e.standard_error for e in estimates])),
                "coverage": float(np.mean([e.low <= target <= e.high for e in estimates])),
                "bootstrap mean": float(np.mean(boot)),
                "floor, same sizes": float(np.mean(floors)),
                "floor, halves of ID": float(np.mean(halves)),
            }
        )
    return rows


def bounds_study(worlds: int, rng: np.random.Generator) -> list[dict[str, float | str]]:
    """The identity and the two bounds on random enumerated worlds."""
    identity, joint, paper, ratios = 0.0, 0, 0, []
    for _ in tqdm(range(worlds), desc="random worlds"):
        result = enumerated_bounds(random_world(rng))
        parts = result.parts
        identity = max(identity, abs(parts.emid - parts.mismatch - parts.covariate - parts.concept))
        joint += parts.emid > result.joint + 1e-12
        paper += parts.emid > result.paper + 1e-12
        if result.joint > 1e-9:
            ratios.append(result.paper / result.joint)
    return [
        {
            "worlds": worlds,
            "largest error of the identity": identity,
            "joint bound violated": joint,
            "paper's bound violated": paper,
            "paper / joint, median": float(np.median(ratios)),
        }
    ]


def _jackknife(gram: np.ndarray, n: int, level: float = 0.95) -> Measured:
    """`gram_js` with a delete-a-group jackknife interval.

    The interval is for the expectation at *these* sample sizes: the bias stays in it, and
    `gram_floor` shows its size. A bootstrap draws duplicates, so its samples have fewer
    distinct dialogues and are more biased than the data; leaving groups out repeats none.
    """
    m = len(gram) - n
    value, size = gram_js(gram, n), min(n, m)
    if size < MINIMUM_DIALOGUES:
        note = f"{size} dialogues are too few for an interval; it takes {MINIMUM_DIALOGUES}"
        return Measured(value, np.nan, np.nan, np.nan, size, level, note)
    variances, degrees = [], []
    for start, stop in ((0, n), (n, n + m)):
        groups = np.array_split(np.arange(start, stop), min(stop - start, JACKKNIFE_GROUPS))
        kept = []
        for group in groups:
            rest = np.delete(np.arange(n + m), group)
            first = n - group.size if start == 0 else n
            kept.append(gram_js(gram[np.ix_(rest, rest)], first))
        variances.append((len(groups) - 1) * float(np.var(kept)))
        degrees.append(len(groups) - 1)
    variance = sum(variances)
    spread = sum(part**2 / free for part, free in zip(variances, degrees, strict=True))
    free = variance**2 / spread if spread else np.nan
    error = float(np.sqrt(variance))
    half = error * float(stats.t.ppf((1 + level) / 2, free)) if variance else 0.0
    return Measured(value, error, value - half, value + half, size, level, "", free)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
