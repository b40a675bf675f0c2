"""Whether the test of the dependence between factors sees one that moves, and only that.

    python benchmarks/dependence.py [--repeats 300] [--json]

Embeddings of the bundled dialogues of id_train (`dvc pull data.dvc`; the encoder of `remid fetch`):
P and Q are disjoint halves drawn from them, whole or with factors shuffled. Prints the figures of
docs/validation.md; with --json the last line is one JSON object.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from remid.corpus import jsonl
from remid.domain.shift import ID_TRAIN
from remid.evaluation.divergences import FACTORS, factor_texts
from remid.information.arrays import FloatArray, IntArray
from remid.information.dependence import LEVEL, dependence
from remid.lm.embedding import embed

SIZES = (21, 44, 88)
Factors = dict[str, FloatArray]


class Corpus:
    """Embedded dialogues, and the ways to draw P and Q from them."""

    def __init__(self, data: Path, encoder: Path, rng: np.random.Generator) -> None:
        """Embed every factor of every dialogue."""
        members = [d for d in jsonl.read(data) if d.id.startswith(f"{ID_TRAIN}/")]
        texts = [factor_texts(dialogue) for dialogue in members]
        unique = list(dict.fromkeys(text for own in texts for text in own.values()))
        rows = dict(zip(unique, embed(encoder, unique, progress="embeddings"), strict=True))
        self.factors = {name: np.stack([rows[own[name]] for own in texts]) for name in FACTORS}
        self.names = {name: np.array([own[name] for own in texts]) for name in FACTORS}
        self.rng = rng

    def halves(self, n: int) -> tuple[IntArray, IntArray]:
        """Two times n dialogues, none of them twice."""
        order = self.rng.permutation(len(self.names["user"]))
        return order[:n], order[n : 2 * n]

    def others(self, n: int, factor: str) -> tuple[IntArray, IntArray]:
        """Two times n dialogues of different users or characters."""
        names = self.rng.permutation(np.unique(self.names[factor]))
        first = np.isin(self.names[factor], names[: len(names) // 2])
        sides = (np.flatnonzero(first), np.flatnonzero(~first))
        return tuple(self.rng.permutation(side)[:n] for side in sides)

    def whole(self, rows: IntArray) -> Factors:
        """Dialogues as they are."""
        return {name: values[rows] for name, values in self.factors.items()}

    def shuffled(self, rows: IntArray, share: float = 1.0) -> Factors:
        """Every factor shuffled among a share of the dialogues: independent where all are."""
        out = {}
        moved = np.flatnonzero(self.rng.random(len(rows)) < share)
        for name, values in self.factors.items():
            own = rows.copy()
            own[moved] = own[self.rng.permutation(moved)]
            out[name] = values[own]
        return out

    def equal(self, rows: IntArray, share: float = 1.0) -> Factors:
        """U = C = D in a share of the dialogues, independent in the others."""
        same = (self.rng.random(len(rows)) < share)[:, None]
        values = self.factors["dialogue"]
        return {
            name: np.where(same, values[rows], values[self.rng.permutation(rows)])
            for name in FACTORS
        }

    def independent(self, rows: IntArray) -> Factors:
        """The same marginals as `equal`, independent."""
        return self.equal(rows, 0.0)


def worlds(
    corpus: Corpus, n: int
) -> Iterator[tuple[str, str, Callable[[], tuple[Factors, Factors]]]]:
    """Kind, name and how to draw P and Q."""

    def of(p: Callable[..., Factors], q: Callable[..., Factors], *more: float, by: str = ""):
        def draw() -> tuple[Factors, Factors]:
            a, b = corpus.others(n, by) if by else corpus.halves(n)
            return p(a), q(b, *more)

        return draw

    c = corpus
    yield "alike", "real, real", of(c.whole, c.whole)
    yield "alike", "real, real of other users", of(c.whole, c.whole, by="user")
    yield "alike", "real, real of other characters", of(c.whole, c.whole, by="character")
    yield "alike", "independent, independent", of(c.shuffled, c.shuffled)
    yield "moved", "real, independent", of(c.whole, c.shuffled)
    yield "moved", "real, half of them independent", of(c.whole, c.shuffled, 0.5)
    yield "moved", "independent, U = C = D", of(c.independent, c.equal)
    yield "moved", "independent, U = C = D in half", of(c.independent, c.equal, 0.5)
    yield "moved", "independent, U = C = D in a quarter", of(c.independent, c.equal, 0.25)


def main(argv: list[str]) -> int:
    """Run every world at every size and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=300)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--data", type=Path, default=Path("data/dialogues.jsonl"))
    parser.add_argument("--encoder", type=Path, default=Path("models/encoder"))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    rng = np.random.default_rng(options.seed)
    corpus = Corpus(options.data, options.encoder, rng)
    rows: dict[tuple[str, str], dict[str, float]] = {}
    seconds: dict[int, float] = {}
    for n in options.sizes:
        start, tests = time.process_time(), 0
        for kind, name, draw in worlds(corpus, n):
            found = []
            for _ in tqdm(range(options.repeats), desc=f"{name}, n = {n}", leave=False):
                p, q = draw()
                found.append(dependence(p, q, rng=rng).p <= LEVEL)
            tests += options.repeats
            rows.setdefault((kind, name), {})[f"n = {n}"] = 100 * float(np.mean(found))
        seconds[n] = (time.process_time() - start) / tests
    table = [{"dependence": kind, "P, Q": name, **own} for (kind, name), own in rows.items()]
    print("\nraised at 5%, percent")
    print(pd.DataFrame(table).to_string(index=False, float_format="%.1f"))
    print("seconds a test: " + ", ".join(f"n = {n} {own:.3f}" for n, own in seconds.items()))
    if options.json:
        print(json.dumps({"raised": table, "seconds": seconds}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
