"""log q(reply | prompt) for any set of pairs, each prompt read once."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from remid.domain.errors import RemidError
from remid.scoring import passes
from remid.scoring.cache import ContentCache, content_key
from remid.scoring.halving import BatchOfOneError, halving
from remid.scoring.model import LanguageModel
from remid.scoring.passes import Job, Line
from remid.scoring.prefix import group_by_prefix
from remid.scoring.prompts import EncodedPrompt

PACK_TOKENS = {"cpu": 400, "cuda": 2048}
"""Reply tokens in one packed pass; longer packs lose to the mask's quadratic cost."""
PASS_TOKENS = {"cpu": 1024, "cuda": 1 << 30}
"""Tokens that use a device fully; a CPU gains nothing from more in one pass."""
EXPAND_REPLIES = 16
"""Replies from which copies of a short prefix's cache are faster than packs."""
EXPAND_PREFIX = {"cpu": 512, "cuda": 1 << 30}
"""Longest prefix whose cache is copied; beyond it the copies cost more than the mask."""

Text = tuple[int, ...]
Pair = tuple[Text, Text]
"""Ids of a prompt and of a reply: equal texts are scored once."""


@dataclass(frozen=True)
class PairLogProbabilities:
    """One value per pair."""

    sum: NDArray[np.float64]
    """log q of the whole reply with its end of turn, nats, shape (m,)."""
    tokens: NDArray[np.int64]
    """Tokens of the reply with its end of turn, shape (m,)."""

    @property
    def mean(self) -> NDArray[np.float64]:
        """Nats per token, shape (m,)."""
        return self.sum / self.tokens


def score_pairs(
    lm: LanguageModel,
    prompts: Sequence[EncodedPrompt],
    replies: Sequence[tuple[int, ...]],
    pairs: NDArray[np.int64],
    *,
    token_budget: int,
    adapter: str | None = None,
    cache: ContentCache | None = None,
    progress: str | None = None,
) -> PairLogProbabilities:
    """Score replies j under prompts i for the given pairs (i, j).

    Parameters
    ----------
    pairs : (m, 2) rows of (prompt, reply); a row may occur more than once.
    token_budget : tokens held by one forward pass; halved on running out of memory.
    progress : what a progress bar is called; None for no bar.

    Notes
    -----
    A prompt is read once for all its replies, and prompts that begin alike (the rollouts of one
    dialogue) share what they have in common. What is read together does not change a score beyond
    the arithmetic's rounding: 1e-4 nats per token in float32, 0.03 in bfloat16.

    Raises
    ------
    RemidError
        When a single reply under a single prompt does not fit into memory.
    """
    pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    tokens = np.array([len(replies[j]) for _, j in pairs], dtype=np.int64)
    rows: dict[Pair, list[int]] = defaultdict(list)
    for row, (i, j) in enumerate(pairs.tolist()):
        rows[prompts[i].ids, replies[j]].append(row)
    keys = _keys(lm, list(rows), adapter) if cache else {}
    known = cache.get(list(keys.values())) if cache else {}
    values = {pair: known[key] for pair, key in keys.items() if key in known}
    wanted = [pair for pair in rows if pair not in values]
    names = {prompt.ids: prompt.dialogue_id for prompt in prompts}
    with (
        lm.using(adapter),
        tqdm(total=len(wanted), desc=progress, unit="pair", disable=progress is None) as bar,
    ):
        for done in _Scorer(lm, token_budget, names).score(wanted):
            values.update(done)
            if cache:
                cache.put({keys[pair]: value for pair, value in done.items()})
            bar.update(len(done))
    sums = np.full(len(pairs), np.nan)
    for pair, places in rows.items():
        sums[places] = values[pair]
    return PairLogProbabilities(sums, tokens)


def _keys(lm: LanguageModel, pairs: Sequence[Pair], adapter: str | None) -> dict[Pair, str]:
    who = lm.identity(adapter)
    texts = {text: content_key(text) for pair in pairs for text in pair}
    return {
        (prompt, reply): content_key("score", who, texts[prompt], texts[reply])
        for prompt, reply in pairs
    }


@dataclass
class _Scorer:
    """Chooses how pairs are read: by shape, device, and what the model allows."""

    lm: LanguageModel
    budget: int
    names: dict[Text, str]

    def score(self, pairs: Sequence[Pair]) -> Iterator[dict[Pair, float]]:
        """Yield log-probabilities as they are computed."""
        replies: dict[Text, list[Text]] = defaultdict(list)
        for prompt, reply in pairs:
            replies[prompt].append(reply)
        small: list[tuple[Job, list[Pair]]] = []
        prompts = list(replies)
        for group in group_by_prefix(prompts, share=self.lm.packs):
            prefix = prompts[group.members[0]][: group.length]
            work = [
                (prompts[k], reply)
                for k in group.members
                for reply in sorted(replies[prompts[k]], key=len)
            ]
            lines = [Line(prompt[group.length :], reply) for prompt, reply in work]
            job = Job(prefix, tuple(lines))
            if not (self.lm.packs and job.tokens <= PACK_TOKENS[self.lm.kind]):
                yield from self._cached(job, work)
                continue
            # Groups come shortest first: this one is the longest row of its batch.
            longest = len(prefix) + job.tokens
            if small and longest * (len(small) + 1) > self._room:
                yield from self._whole(small)
                small = []
            small.append((job, work))
        if small:
            yield from self._whole(small)

    @property
    def _room(self) -> int:
        return min(self.budget, PASS_TOKENS[self.lm.kind])

    def _shrink(self) -> None:
        self.budget = max(1, self.budget // 2)

    def _whole(self, batch: Sequence[tuple[Job, list[Pair]]]) -> Iterator[dict[Pair, float]]:
        """Everything of some small groups in one pass."""

        def run(part: Sequence[tuple[Job, list[Pair]]]) -> dict[Pair, float]:
            results = passes.whole(self.lm, [job for job, _ in part])
            return {
                pair: value
                for (_, work), values in zip(part, results, strict=True)
                for pair, value in zip(work, values, strict=True)
            }

        try:
            yield from halving(run, batch, shrink=self._shrink)
        except BatchOfOneError:
            # Shapes with fewer tokens at once are left.
            for job, work in batch:
                yield from self._cached(job, work)

    def _cached(self, job: Job, work: Sequence[Pair]) -> Iterator[dict[Pair, float]]:
        """Read the prefix once, then the rest behind it."""
        length = len(job.prefix)
        try:
            [cache] = halving(
                lambda prefixes: passes.read(self.lm, prefixes[0]),
                [job.prefix],
                shrink=self._shrink,
            )
            start = 0
            while start < len(work):
                expand = self._expands(job, start)
                room = self.budget if expand else min(self.budget, PACK_TOKENS[self.lm.kind])
                lines = _first(job.lines[start:], room, each=length if expand else 0)

                def run(part: Sequence[Line], expand: bool = expand) -> list[float]:
                    if expand:
                        return passes.expanded(self.lm, cache, part)
                    return passes.packed(self.lm, cache, length, part)

                parts = halving(run, lines, shrink=self._shrink)
                values = [value for part in parts for value in part]
                yield dict(zip(work[start : start + len(lines)], values, strict=True))
                start += len(lines)
        except BatchOfOneError:
            prompt, reply = work[0]
            raise RemidError(
                f"dialogue {self.names[prompt]!r}: memory ran out on one reply of {len(reply)} "
                f"tokens under a prompt of {len(prompt)}; lower model.max_prompt_tokens."
            ) from None

    def _expands(self, job: Job, start: int) -> bool:
        """Whether the lines from `start` on are read over copies of the cache, not in packs."""
        if not self.lm.packs:
            return True
        return (
            job.lines[0].tail == job.lines[-1].tail
            and len(job.lines) - start >= EXPAND_REPLIES
            and len(job.prefix) <= EXPAND_PREFIX[self.lm.kind]
        )


def _first(lines: Sequence[Line], room: int, *, each: int) -> Sequence[Line]:
    """Take lines while they fit the room; at least one."""
    used, count = 0, 0
    for line in lines:
        used += each + len(line.reply) + len(line.tail)
        if count and used > room:
            break
        count += 1
    return lines[:count]
