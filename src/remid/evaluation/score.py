"""Log q of every pair that an evaluation asks for: where models are called."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remid.domain.dialogue import REFERENCE
from remid.domain.streams import Stream, generator
from remid.evaluation.copies import copied_tokens
from remid.evaluation.dialogues import Evaluated
from remid.evaluation.scored import Counts, ScoredSplit, Source
from remid.information.arrays import IntArray
from remid.lm import prompts
from remid.lm.chat import Chat
from remid.lm.likelihood.score import score_pairs
from remid.lm.runtime import Runtime
from remid.shifts.composition import shuffle_words

Ids = tuple[int, ...]


@dataclass(frozen=True)
class Wanted:
    """What is scored of a split."""

    pairs: IntArray
    """(context i, reply j) of the negative pairs, shape (m, 2)."""
    clusters: tuple[str, ...]
    reply_tokens: int | None = None
    """How many tokens of every reply are scored, from its first; None for all. One that ends
    earlier is scored with its end of turn, one that goes on without: so a reply that was cut at
    this length and a longer reference are looked at for as long."""
    shuffles: int = 1
    """Times that each reply is scored with its words shuffled, under its own context."""
    seed: int = 0


def score_split(
    runtime: Runtime,
    split: str,
    members: Sequence[Evaluated],
    wanted: Wanted,
    counts: Counts,
) -> ScoredSplit:
    """Score references and replies under every context that is wanted.

    Each prompt is read once for all sources together.
    """
    n, pairs = len(members), wanted.pairs
    # 1. Prompts, each once: under one context all sources are scored together.
    encoded = [runtime.responder_prompt(one.dialogue, one.trace) for one in members]
    texts: list[Ids] = []
    asked: list[tuple[int, int]] = []
    sources = _sources(runtime.lm.chat, members, wanted)
    # 2. What is asked of each source: (i, i), the negative pairs, and its shufflings under (i, i).
    for own in sources.values():
        first = len(texts)
        texts += [ids for ids, _ in own]
        asked += [(k, first + k) for k in range(n)]
        asked += [(i, first + j) for i, j in pairs.tolist()]
        for k, (_, shuffled) in enumerate(own):
            asked += [(k, len(texts) + each) for each in range(len(shuffled))]
            texts += shuffled
    # 3. One call for everything, so that a prompt is read once.
    rows = np.array(asked, dtype=np.int64).reshape(-1, 2)
    values = score_pairs(runtime, encoded, texts, rows, progress=f"scores, {split}").values
    # 4. Back to sources: every one asked for as much, in the same order.
    each, m = n + len(pairs) + n * wanted.shuffles, len(pairs)
    found = {}
    for k, (name, own) in enumerate(sources.items()):
        part = values[k * each : (k + 1) * each]
        shuffled_means = [own_values.mean() for own_values in part[n + m :]]
        found[name] = Source(
            positive=part[:n],
            negative=part[n : n + m],
            copied=tuple(
                copied_tokens(runtime.lm.chat, ids, one.dialogue)
                for (ids, _), one in zip(own, members, strict=True)
            ),
            shuffled=np.array(shuffled_means).reshape(n, wanted.shuffles),
        )
    ids = tuple(one.dialogue.id for one in members)
    return ScoredSplit(split, ids, wanted.clusters, pairs, found, counts)


def fits(runtime: Runtime, one: Evaluated) -> bool:
    """Whether the responder reads the whole dialogue: no reply is scored under less than that."""
    return runtime.responder_prompt(one.dialogue, one.trace).dropped_turns == 0


def _sources(
    chat: Chat, members: Sequence[Evaluated], wanted: Wanted
) -> dict[str, list[tuple[Ids, list[Ids]]]]:
    """Per source, each reply's ids as far as they are scored, and the ids of its shufflings."""
    return {
        name: [
            (
                start,
                shufflings(
                    chat, start, one.dialogue.language, times=wanted.shuffles, seed=wanted.seed
                ),
            )
            for start, one in zip(own, members, strict=True)
        ]
        for name, own in scored_ids(chat, members, wanted.reply_tokens).items()
    }


def scored_ids(
    chat: Chat, members: Sequence[Evaluated], reply_tokens: int | None
) -> dict[str, list[Ids]]:
    """Per source, the ids of each reply as far as they are scored; the references first."""
    references = [
        prompts.encode_reply(one.dialogue.reference, chat, dialogue_id=one.dialogue.id)
        for one in members
    ]
    whole = {REFERENCE: references}
    for model in members[0].replies if members else ():
        whole[model] = [one.replies[model].ids for one in members]
    return {name: [ids[:reply_tokens] for ids in own] for name, own in whole.items()}


def shufflings(chat: Chat, ids: Ids, language: str, *, times: int, seed: int) -> list[Ids]:
    """Token ids of what is scored of a reply, its words in other orders; equal texts alike."""
    end = ids[-1:] if ids[-1] == chat.end_of_turn else ()
    text = chat.decode(ids[: len(ids) - len(end)])
    found = []
    for k in range(times):
        # The stream is of the text: equal replies are shuffled alike, whoever gave them.
        rng = generator(seed, Stream.SHUFFLED_REPLY, k, text)
        moved = shuffle_words(text, language, rate=1.0, rng=rng)
        # A reply without a word to move is its own shuffling: order 0, which is true of it.
        found.append((*chat.content(moved.strip()), *end) or ids)
    return found
