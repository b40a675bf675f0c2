"""The scores of one split: log q of every scored pair, by whose reply it is."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.estimate import Unit
from remid.information.arrays import FloatArray, IntArray
from remid.information.club import PairScores
from remid.lm import prompts
from remid.lm.likelihood import score
from remid.lm.model import LanguageModel
from remid.store.cache import ContentCache

REFERENCE = "reference"
"""Source of the reference replies, beside the models' names."""


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

    def perplexity(self, source: str = REFERENCE) -> float:
        """Exp of minus the mean log-probability of a token, over all replies of a source."""
        return float(np.exp(-self.sums[source][: len(self.ids)].sum() / self.tokens[source].sum()))


def score_split(
    lm: LanguageModel,
    split: str,
    dialogues: Sequence[Dialogue],
    traces: Mapping[str, str],
    replies: Mapping[str, Mapping[str, str]],
    pairs: IntArray,
    *,
    adapter: str | None,
    max_prompt_tokens: int,
    token_budget: int,
    reply_tokens: int | None = None,
    missing: int = 0,
    cache: ContentCache | None = None,
) -> ScoredSplit:
    """Score references and replies under every context that `pairs` asks for.

    Parameters
    ----------
    traces : dialogue id to reasoning trace; an empty trace gives EMI without reasoning.
    replies : model to dialogue id to reply.
    reply_tokens : how many tokens of every reply are scored, from its first; None for all. One
        that ends earlier is scored with its end of turn, one that goes on without: so a reply that
        was cut at this length and a longer reference are looked at for as long.

    Each prompt is read once for all sources together.
    """
    sources = {REFERENCE: {d.id: d.reference for d in dialogues}, **replies}
    encoded = [
        prompts.encode(
            prompts.responder_prompt(d, traces[d.id]), lm.chat, max_tokens=max_prompt_tokens
        )
        for d in dialogues
    ]
    n = len(dialogues)
    texts = [
        prompts.encode_reply(texts[d.id], lm.chat, dialogue_id=d.id)[:reply_tokens]
        for texts in sources.values()
        for d in dialogues
    ]
    own = np.stack([np.arange(n), np.arange(n)], axis=1)
    per_source = np.concatenate([own, pairs])
    wanted = np.concatenate([per_source + [0, k * n] for k in range(len(sources))])
    result = score.score_pairs(
        lm,
        encoded,
        texts,
        wanted,
        token_budget=token_budget,
        adapter=adapter,
        cache=cache,
        progress=f"scores, {split}",
    )
    sums = result.sum.reshape(len(sources), -1)
    tokens = result.tokens.reshape(len(sources), -1)[:, :n]
    return ScoredSplit(
        split=split,
        ids=tuple(d.id for d in dialogues),
        pairs=pairs,
        sums=dict(zip(sources, sums, strict=True)),
        tokens=dict(zip(sources, tokens, strict=True)),
        missing=missing,
    )


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
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    frame.to_parquet(part, index=False)
    os.replace(part, path)


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
