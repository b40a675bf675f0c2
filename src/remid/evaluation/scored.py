"""The scores of one split, token by token, by whose reply it is; and their file."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from remid.domain.dialogue import REFERENCE
from remid.domain.errors import RemidError
from remid.domain.estimate import Unit
from remid.information.arrays import FloatArray, IntArray
from remid.information.club import Bracket, PairScores, beaten, bracket
from remid.information.sampled import token_noise
from remid.store.reading import readable
from remid.store.whole import replacing

Part = Literal["whole", "copied", "novel"]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Source:
    """The replies of one model, or the references, on one split."""

    positive: tuple[FloatArray, ...]
    """log q of each token of reply j under its own context, nats; n arrays."""
    negative: tuple[FloatArray, ...]
    """The same under the context of each negative pair; m arrays."""
    copied: tuple[BoolArray, ...]
    """Tokens of reply j that are copied from its own dialogue; n masks."""
    shuffled: FloatArray
    """Mean log q of a token of the reply with its words shuffled, under its own context, nats per
    token, shape (n, shuffles)."""

    @property
    def tokens(self) -> IntArray:
        """Scored tokens of each reply, shape (n,)."""
        return np.array([own.size for own in self.positive], dtype=np.int64)


@dataclass(frozen=True)
class Counts:
    """What was looked at in a split, and what was left out of it."""

    missing: int = 0
    """Dialogues left out because a model has no reply to them."""
    too_long: int = 0
    """Dialogues left out because they do not fit into the responder's window whole."""
    alone: int = 0
    """Dialogues left out because the design has no negative for them."""
    traces: int = 0
    """Dialogues for which the reasoner wrote a trace."""
    formed: int = 0
    """Of these traces, the well formed; the others were replaced by none."""
    reply_tokens: int | None = None
    """How many tokens of every reply are scored; None for all."""


@dataclass(frozen=True, eq=False)
class ScoredSplit:
    """Every source's replies under the same contexts and the same negative pairs."""

    split: str
    ids: tuple[str, ...]
    """Dialogues, n of them."""
    clusters: tuple[str, ...]
    """Name of each dialogue's cluster; equal names in two splits are one cluster."""
    pairs: IntArray
    """(context i, reply j) of the negative pairs, shape (m, 2)."""
    sources: Mapping[str, Source]
    """The references and every model."""
    counts: Counts = field(default_factory=Counts)

    @property
    def models(self) -> tuple[str, ...]:
        """The models under test."""
        return tuple(source for source in self.sources if source != REFERENCE)

    def scores(self, source: str, unit: Unit, part: Part = "whole") -> PairScores:
        """Scores of one source in one unit, or of a part of its tokens.

        The copied and the novel part have the same tokens under positives and negatives, and are
        divided by the tokens of the whole reply: they add up to the whole term by term.
        """
        own, replies = self.sources[source], self.pairs[:, 1]
        # The mask is of the reply and its own context, and stays under every other context.
        masks = [_mask(mask, part) for mask in own.copied]
        scores = PairScores(
            np.array(
                [values[mask].sum() for values, mask in zip(own.positive, masks, strict=True)]
            ),
            self.pairs,
            np.array(
                [
                    values[masks[reply]].sum()
                    for values, reply in zip(own.negative, replies, strict=True)
                ]
            ),
        )
        return scores if unit == "nats_per_reply" else scores.per_token(own.tokens)

    def noise(self, source: str, unit: Unit) -> FloatArray:
        """Variance of each reply's score about minus its entropy, shape (n,); nan for one token."""
        own = self.sources[source]
        found = np.array([token_noise(values) for values in own.positive])
        # Var(s / T) = Var(s) / T^2.
        return found if unit == "nats_per_reply" else found / own.tokens**2

    def order(self, source: str) -> FloatArray:
        """How much better each reply is than its words shuffled, nats per token, shape (n,)."""
        own = self.sources[source]
        # Per token on both sides: shuffled words may be other tokens, and more of them.
        straight = np.array([values.mean() for values in own.positive])
        difference: FloatArray = straight - own.shuffled.mean(axis=1)
        return difference

    def ends(self, source: str) -> Bracket:
        """InfoNCE and vCLUB of a source, nats per reply."""
        return bracket(self.scores(source, "nats_per_reply"))

    def beaten(self, source: str) -> float:
        """Share of the negatives that score below the reply under its own context."""
        return beaten(self.scores(source, "nats_per_reply"))

    def copied_share(self, source: str) -> float:
        """Share of the tokens that are copied, over all replies of a source."""
        return float(np.concatenate(self.sources[source].copied).mean())

    def perplexity(self, source: str = REFERENCE) -> float:
        """Exp of minus the mean log-probability of a token, over all replies of a source."""
        return float(np.exp(-np.concatenate(self.sources[source].positive).mean()))


def write(path: Path, scored: ScoredSplit) -> None:
    """Write one row per scored pair, with both dialogue ids, so that a figure can be traced back."""
    n = len(scored.ids)
    # Positives first, as the pairs (i, i): one table holds both.
    rows = np.concatenate([np.stack([np.arange(n), np.arange(n)], axis=1), scored.pairs])
    ids, clusters = np.array(scored.ids, dtype=object), np.array(scored.clusters, dtype=object)
    tables = []
    for source, own in scored.sources.items():
        values = [*own.positive, *own.negative]
        # Masks and shufflings belong to a reply, so they stand in the rows of the positives alone.
        nothing = [None] * len(scored.pairs)
        tables.append(
            pa.table(
                {
                    "split": [scored.split] * len(rows),
                    "source": [source] * len(rows),
                    "context": ids[rows[:, 0]],
                    "reply": ids[rows[:, 1]],
                    "cluster": clusters[rows[:, 1]],
                    "log_probability": [float(each.sum()) for each in values],
                    "tokens": [each.size for each in values],
                    "token_log_probabilities": pa.array(values, pa.list_(pa.float64())),
                    "copied": pa.array([*own.copied, *nothing], pa.list_(pa.bool_())),
                    "shuffled": pa.array([*own.shuffled, *nothing], pa.list_(pa.float64())),
                }
            )
        )
    whole = pa.concat_tables(tables)
    whole = whole.replace_schema_metadata({COUNTS: json.dumps(asdict(scored.counts))})
    with replacing(path) as file:
        pq.write_table(whole, file)


COUNTS = "remid.counts"


def read(path: Path) -> ScoredSplit:
    """Read what :func:`write` wrote.

    Raises
    ------
    RemidError
        When the file is absent or damaged.
    """
    with readable(path, "run the evaluate stage again"):
        return _read(path)


def _read(path: Path) -> ScoredSplit:
    table = pq.read_table(path)
    frame = table.to_pandas()
    groups = {source: part for source, part in frame.groupby("source", sort=False)}
    first = groups[REFERENCE]
    # A positive is a reply under its own context; no negative pair is.
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
        clusters=tuple(first["cluster"][own]),
        pairs=pairs,
        sources={source: _source(part, len(ids)) for source, part in groups.items()},
        counts=Counts(**json.loads(table.schema.metadata[COUNTS.encode()])),
    )


def _source(part: "pa.lib.Any", n: int) -> Source:
    values = [np.asarray(each, np.float64) for each in part["token_log_probabilities"]]
    return Source(
        positive=tuple(values[:n]),
        negative=tuple(values[n:]),
        copied=tuple(np.asarray(each, bool) for each in part["copied"][:n]),
        shuffled=np.array([np.asarray(each, np.float64) for each in part["shuffled"][:n]]),
    )


def _mask(copied: BoolArray, part: Part) -> BoolArray:
    if part == "whole":
        return np.ones_like(copied)
    return copied if part == "copied" else ~copied
