"""Replies scored under contexts put together from two dialogues, for what each factor is worth."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from remid.domain.dialogue import Dialogue
from remid.domain.estimate import Unit
from remid.evaluation.dialogues import Evaluated
from remid.evaluation.divergences import FACTORS, factor_texts
from remid.evaluation.score import scored_ids
from remid.information.arrays import FloatArray, IntArray
from remid.information.shapley import SwapScores
from remid.lm.likelihood.score import score_pairs
from remid.lm.prompts import EncodedPrompt
from remid.lm.runtime import Runtime
from remid.store.whole import replacing

COALITIONS = 1 << len(FACTORS)
Key = tuple[int, ...]
"""Whose user, character and dialogue a context has: places in a split, one a factor."""


@dataclass(frozen=True)
class Context:
    """A context put together from dialogues of one split, with the trace over it."""

    dialogue: Dialogue
    trace: str = ""


@dataclass(frozen=True, eq=False)
class SwappedSplit:
    """Every source's replies under the same composed contexts."""

    split: str
    ids: tuple[str, ...]
    """Dialogues that have a partner, n of them."""
    pairs: IntArray
    """(other dialogue i, reply j), shape (m, 2)."""
    differs: NDArray[np.bool_]
    """Whether the two dialogues of a pair differ in a factor, shape (3, m)."""
    values: Mapping[str, FloatArray]
    """Source to the score of reply j by coalition, nats per reply, shape (8, m)."""
    tokens: Mapping[str, IntArray]
    """Source to the scored tokens of each reply, shape (n,)."""
    alone: int = 0
    """Dialogues left out: none of another cluster to swap with that fits the responder whole."""
    traces: int = 0
    """Traces that the reasoner wrote over composed contexts."""
    formed: int = 0
    """Of these, the well formed; the others were replaced by none."""

    def scores(self, source: str, unit: Unit) -> SwapScores:
        """Scores of one source in one unit."""
        own = SwapScores(self.pairs, self.values[source], len(self.ids))
        return own if unit == "nats_per_reply" else own.per_token(self.tokens[source])


def key_of(own: int, other: int, coalition: int) -> Key:
    """Whose factors a context has: `own`'s in the coalition, `other`'s outside."""
    return tuple(own if coalition >> f & 1 else other for f in range(len(FACTORS)))


def composed_keys(pairs: IntArray) -> list[Key]:
    """The contexts of the pairs that are no dialogue's own, each once."""
    # The first and the last coalition are the two dialogues themselves.
    keys = {
        key_of(own, other, coalition)
        for other, own in pairs.tolist()
        for coalition in range(1, COALITIONS - 1)
    }
    return sorted(keys)


def compose(members: Sequence[Dialogue], key: Key) -> Dialogue:
    """Put a dialogue together: the user of one, the character of another, the context of a third.

    What the context itself says of its user and character stays in it.
    """
    user, character, context = (members[place] for place in key)
    return replace(
        context,
        id=f"{context.id} with the user of {user.id} and the character of {character.id}",
        persona=user.persona,
        character=character.character,
        # The corpus has a trace over the whole dialogue, which this one is not.
        trace="",
    )


def swap_split(
    runtime: Runtime,
    split: str,
    members: Sequence[Evaluated],
    pairs: IntArray,
    contexts: Mapping[Key, Context],
    *,
    reply_tokens: int | None,
) -> SwappedSplit:
    """Score references and replies under every context of their pairs, each context read once.

    Parameters
    ----------
    pairs : (other dialogue i, reply j), both ways (`partner_pairs`).
    contexts : the composed ones of `composed_keys`; a dialogue's own is made here.
    """
    own = {
        key_of(k, k, 0): Context(one.dialogue, one.trace)
        for k, one in enumerate(members)
        if (pairs == k).any()
    }
    prompts = {
        key: runtime.responder_prompt(context.dialogue, context.trace)
        for key, context in {**own, **contexts}.items()
    }
    # A pair whose persona or trace pushes the other's oldest turns out of the window is no swap.
    whole = np.array([_fit(prompts, i, j) for i, j in pairs.tolist()], dtype=bool)
    pairs = pairs[whole]
    # Pairs go both ways, so whoever is an other is a reply as well.
    kept = np.unique(pairs)
    sources = scored_ids(runtime.lm.chat, members, reply_tokens)
    values = _scores(runtime, prompts, pairs, sources, name=split)
    texts = [factor_texts(one.dialogue) for one in members]
    differs = [[texts[i][factor] != texts[j][factor] for i, j in pairs] for factor in FACTORS]
    return SwappedSplit(
        split=split,
        ids=tuple(members[k].dialogue.id for k in kept),
        pairs=np.searchsorted(kept, pairs),
        differs=np.array(differs, dtype=bool).reshape(len(FACTORS), len(pairs)),
        values=values,
        tokens={name: np.array([len(ids[k]) for k in kept]) for name, ids in sources.items()},
        alone=len(members) - len(kept),
    )


def _fit(prompts: Mapping[Key, EncodedPrompt], other: int, own: int) -> bool:
    keys = (key_of(own, other, coalition) for coalition in range(COALITIONS))
    return all(prompts[key].dropped_turns == 0 for key in keys)


def _scores(
    runtime: Runtime,
    prompts: Mapping[Key, EncodedPrompt],
    pairs: IntArray,
    sources: Mapping[str, Sequence[tuple[int, ...]]],
    *,
    name: str,
) -> dict[str, FloatArray]:
    """Sums of log q by source, shape (8, m); what all sources ask of a context is read at once."""
    # One list of prompts for all sources: each is read once, whoever asks.
    place = {key: k for k, key in enumerate(prompts)}
    contexts = [
        place[key_of(own, other, coalition)]
        for coalition in range(COALITIONS)
        for other, own in pairs.tolist()
    ]
    replies = np.tile(pairs[:, 1], COALITIONS)
    texts = [ids for own in sources.values() for ids in own]
    n = len(texts) // len(sources)
    rows = [
        np.stack([np.array(contexts, dtype=np.int64), first * n + replies], axis=1)
        for first in range(len(sources))
    ]
    # Scores of own contexts and of the evaluation's pairs come from the cache.
    sums = score_pairs(
        runtime,
        list(prompts.values()),
        texts,
        np.concatenate(rows),
        progress=f"swapped contexts, {name}",
    ).sum
    parts = sums.reshape(len(sources), COALITIONS, len(pairs))
    return dict(zip(sources, parts, strict=True))


def write(path: Path, swapped: SwappedSplit) -> None:
    """Write one row per score: whose reply, under whose user, character and dialogue."""
    ids = np.array(swapped.ids, dtype=object)
    with replacing(path) as file:
        pq.write_table(pa.concat_tables(_tables(swapped, ids)), file)


def _tables(swapped: SwappedSplit, ids: NDArray[np.object_]) -> Iterator[pa.Table]:
    other, own = swapped.pairs.T
    for source, values in swapped.values.items():
        for coalition, row in enumerate(values):
            factors = {
                factor: ids[own if coalition >> f & 1 else other]
                for f, factor in enumerate(FACTORS)
            }
            yield pa.table(
                {
                    "split": [swapped.split] * len(row),
                    "source": [source] * len(row),
                    "reply": ids[own],
                    **factors,
                    "log_probability": row,
                    "tokens": swapped.tokens[source][own],
                }
            )
