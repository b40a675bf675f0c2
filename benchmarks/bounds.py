"""Bounds on random worlds, and representation JS on samples: the figures of docs/validation.md.

    python benchmarks/bounds.py [--worlds 20000] [--json]

With --json the last line is one JSON object.
"""

import argparse
import json
import sys

import numpy as np
import pandas as pd
from tqdm import tqdm

from remid.information.divergence import stacked_gram
from remid.information.moved import divergence
from remid.information.worlds.exact import enumerated_bounds
from remid.information.worlds.kinds import random_world


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
    """Representation JS less its floor, and its interval, against the JS of the whole populations."""
    centres = rng.standard_normal((6, 96))
    one_hot, laws = np.eye(6), [np.full(6, 1 / 6), np.array([0.4, 0.3, 0.1, 0.1, 0.05, 0.05])]

    def clustered(n: int, law: np.ndarray) -> np.ndarray:
        return centres[rng.choice(6, n, p=law)] + rng.standard_normal((n, 96))

    def histogram(n: int, law: np.ndarray) -> np.ndarray:
        return one_hot[rng.choice(6, n, p=law)]

    rows: list[dict[str, float | str]] = []
    for kind, draw in (("clusters, d = 96", clustered), ("one-hot", histogram)):
        for shifted in (True, False):
            sides = laws if shifted else laws[:1] * 2
            truth = population_js([draw(100_000, law) for law in sides]) if shifted else 0.0
            for n in (21, 44, 88):
                labels = np.arange(n), n + np.arange(n)
                found = []
                for _ in tqdm(range(data_sets), desc=f"{kind}, n = {n}", leave=False):
                    gram = stacked_gram(*(draw(n, law) for law in sides))
                    found.append(divergence(gram, *labels, rng))
                differences = np.array([own.raw - own.floor for own in found])
                ends = [own.estimate() for own in found]
                rows.append(
                    {
                        "samples": kind,
                        "n": n,
                        "true JS": truth,
                        "raw": float(np.mean([own.raw for own in found])),
                        "floor": float(np.mean([own.floor for own in found])),
                        "less floor": float(differences.mean()),
                        "sd": float(differences.std()),
                        "se": float(np.mean([own.standard_error for own in ends])),
                        "holds the truth": np.mean([e.low <= truth <= e.high for e in ends]),
                    }
                )
    return rows


def population_js(samples: list[np.ndarray]) -> float:
    """Representation JS of large samples, from their covariances (d, d)."""
    first, second = (
        (unit.T @ unit) / len(unit)
        for unit in (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in samples)
    )
    spectra = [np.linalg.eigvalsh(each) for each in ((first + second) / 2, first, second)]
    mixture, a, b = (-(s[s > 0] * np.log(s[s > 0])).sum() for s in spectra)
    return float(mixture - (a + b) / 2)


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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
