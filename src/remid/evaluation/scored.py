"""The scores of one split: log q of every scored pair, by whose reply it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from remid.domain.dialogue import REFERENCE
from remid.domain.errors import RemidError
from remid.domain.estimate import Unit
from remid.information.arrays import FloatArray, IntArray
from remid.information.club import PairScores
from remid.store import whole


@dataclass(frozen=True)
class ScoredSplit:
    """Every source's replies under the same contexts and the same negative pairs."""

    split: str
    ids: tuple[str, ...]
    """Dialogues, n of them."""
    pairs: IntArray
    """(context i, reply j) of the negative pairs, shape (m, 2)."""
    sums: Mapping[str, FloatArray]
    """Per source, log q in nats per reply: the n positives, then the m negatives."""
    tokens: Mapping[str, IntArray]
    """Per source, scored tokens of each reply, shape (n,)."""
    missing: int = 0
    """Dialogues left out because a model has no reply to them."""

    @property
    def models(self) -> tuple[str, ...]:
        """The models under test."""
        return tuple(source for source in self.sums if source != REFERENCE)

    def scores(self, source: str, unit: Unit) -> PairScores:
        """Scores of one source in one unit."""
        n = len(self.ids)
        per_reply = PairScores(self.sums[source][:n], self.pairs, self.sums[source][n:])
        return per_reply if unit == "nats_per_reply" else per_reply.per_token(self.tokens[source])

    def perplexity(self) -> float:
        """Exp of minus the mean log-probability of a token, over all reference replies."""
        own = self.sums[REFERENCE][: len(self.ids)]
        return float(np.exp(-own.sum() / self.tokens[REFERENCE].sum()))


def write(path: Path, scored: ScoredSplit) -> None:
    """Write one row per scored pair, with both dialogue ids, so that a figure can be traced back."""
    n = len(scored.ids)
    rows = np.concatenate([np.stack([np.arange(n), np.arange(n)], axis=1), scored.pairs])
    ids = np.array(scored.ids, dtype=object)
    frame = pd.concat(
        pd.DataFrame(
            {
                "split": scored.split,
                "source": source,
                "context": ids[rows[:, 0]],
                "reply": ids[rows[:, 1]],
                "log_probability": sums,
                "tokens": scored.tokens[source][rows[:, 1]],
                "missing": scored.missing,
            }
        )
        for source, sums in scored.sums.items()
    )
    whole.write(path, frame.to_parquet(index=False))


def read(path: Path) -> ScoredSplit:
    """Read what :func:`write` wrote."""
    frame = pd.read_parquet(path)
    groups = {source: part for source, part in frame.groupby("source", sort=False)}
    first = groups[REFERENCE]
    own = (first["context"] == first["reply"]).to_numpy()
    ids = tuple(first["context"][own])
    place = {key: k for k, key in enumerate(ids)}
    pairs = np.stack(
        [first[column][~own].map(place).to_numpy(np.int64) for column in ("context", "reply")],
        axis=1,
    )
    if any(len(part) != len(first) for part in groups.values()):
        raise RemidError(f"{path}: sources differ in their pairs; run the evaluate stage again.")
    return ScoredSplit(
        split=str(first["split"].iloc[0]),
        ids=ids,
        pairs=pairs,
        sums={s: part["log_probability"].to_numpy(float) for s, part in groups.items()},
        tokens={s: part["tokens"].to_numpy(np.int64)[: len(ids)] for s, part in groups.items()},
        missing=int(first["missing"].iloc[0]),
    )
