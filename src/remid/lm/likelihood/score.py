"""log q(reply | prompt) for any set of pairs, each prompt read once."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm
from transformers import DynamicCache

from remid.domain.errors import RemidError
from remid.lm.likelihood import passes
from remid.lm.likelihood.passes import Job, Line, Tokens
from remid.lm.likelihood.shared_prefixes import Node, shared_beginnings
from remid.lm.likelihood.thresholds import BY_DEVICE, NEVER, Thresholds
from remid.lm.model import LanguageModel
from remid.lm.out_of_memory import BatchOfOneError, in_halves
from remid.lm.prompts import EncodedPrompt
from remid.lm.runtime import Runtime
from remid.store.cache import content_key

Text = tuple[int, ...]
Pair = tuple[Text, Text]
"""Ids of a prompt and of a reply: equal texts are scored once."""


@dataclass(frozen=True)
class PairLogProbabilities:
    """Scores of m pairs, token by token."""

    values: tuple[Tokens, ...]
    """log q of each token of the reply, its end of turn last, nats; one array per pair."""

    @property
    def sum(self) -> NDArray[np.float64]:
        """Log q of the whole reply, nats, shape (m,)."""
        return np.array([own.sum() for own in self.values], dtype=np.float64)

    @property
    def tokens(self) -> NDArray[np.int64]:
        """Tokens of the reply with its end of turn, shape (m,)."""
        return np.array([own.size for own in self.values], dtype=np.int64)

    @property
    def mean(self) -> NDArray[np.float64]:
        """Nats per token, shape (m,)."""
        return self.sum / self.tokens


def score_pairs(
    runtime: Runtime,
    prompts: Sequence[EncodedPrompt],
    replies: Sequence[tuple[int, ...]],
    pairs: NDArray[np.int64],
    *,
    progress: str | None = None,
) -> PairLogProbabilities:
    """Score replies j under prompts i for the given pairs (i, j).

    Parameters
    ----------
    pairs : (m, 2) rows of (prompt, reply); a row may occur more than once.
    progress : what a progress bar is called; None for no bar.

    Notes
    -----
    A prompt is read once for all its replies, and prompts that begin alike (the rollouts of one
    dialogue) share what they have in common. What is read together does not change a score beyond
    the arithmetic's rounding: 1e-4 nats per token in float32, 0.04 in bfloat16
    (tests/lm/likelihood/test_numerics.py). A strict runtime reads every pair alone: exactly 0.

    Raises
    ------
    RemidError
        When a single reply under a single prompt does not fit into memory.
    """
    pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    rows: dict[Pair, list[int]] = defaultdict(list)
    for row, (i, j) in enumerate(pairs.tolist()):
        rows[prompts[i].ids, replies[j]].append(row)
    cache = runtime.cache
    keys = _keys(runtime, list(rows)) if cache else {}
    known = cache.get(list(keys.values())) if cache else {}
    values = {pair: np.array(known[key]) for pair, key in keys.items() if key in known}
    wanted = [pair for pair in rows if pair not in values]
    names = {prompt.ids: prompt.dialogue_id for prompt in prompts}
    with (
        runtime.lm.using(runtime.adapter),
        tqdm(total=len(wanted), desc=progress, unit="pair", disable=progress is None) as bar,
    ):
        scorer = _scorer(runtime, names)
        for done in scorer.score_alone(wanted) if runtime.strict else scorer.score(wanted):
            values.update(done)
            if cache:
                cache.put({keys[pair]: value.tolist() for pair, value in done.items()})
            bar.update(len(done))
    found: list[Tokens] = [np.empty(0)] * len(pairs)
    for pair, places in rows.items():
        for place in places:
            found[place] = values[pair]
    return PairLogProbabilities(tuple(found))


def score_own(
    runtime: Runtime,
    prompts: Sequence[EncodedPrompt],
    replies: Sequence[tuple[int, ...]],
    *,
    progress: str | None = None,
) -> PairLogProbabilities:
    """Score reply i under prompt i alone, as :func:`score_pairs` with the pairs (i, i)."""
    own = np.stack([np.arange(len(prompts))] * 2, axis=1)
    return score_pairs(runtime, prompts, replies, own, progress=progress)


def _keys(runtime: Runtime, pairs: Sequence[Pair]) -> dict[Pair, str]:
    who = runtime.identity
    # What was read together differs in the last bits, and must not pass for what was not.
    how = "token scores, each alone" if runtime.strict else "token scores"
    texts = {text: content_key(text) for pair in pairs for text in pair}
    return {
        (prompt, reply): content_key(how, who, texts[prompt], texts[reply])
        for prompt, reply in pairs
    }


def _scorer(runtime: Runtime, names: dict[Text, str]) -> "_Scorer":
    limits = runtime.thresholds or BY_DEVICE[runtime.lm.kind]
    return _Scorer(runtime.lm, runtime.token_budget, limits, names)


@dataclass
class _Scorer:
    """Chooses how pairs are read: by shape, device, and what the model allows."""

    lm: LanguageModel
    budget: int
    limits: Thresholds
    names: dict[Text, str]

    def score(self, pairs: Sequence[Pair]) -> Iterator[dict[Pair, Tokens]]:
        """Yield log-probabilities as they are computed."""
        replies: dict[Text, list[Text]] = defaultdict(list)
        for prompt, reply in sorted(pairs, key=lambda pair: len(pair[1])):
            replies[prompt].append(reply)
        prompts = list(replies)

        def together(k: int, rest: int) -> bool:
            # A rest with several replies is cheaper to read first; a long one needs its own pass.
            return len(replies[prompts[k]]) == 1 and rest <= self.limits.pack_tokens // 2

        least = self.limits.shared_least if self.lm.packs else NEVER
        batch: list[Job] = []
        for node in shared_beginnings(prompts, least=least, together=together):
            job = _job(prompts, replies, node)
            if node.children or not self._fits_whole(job):
                yield from self._from_root(prompts, replies, node)
                continue
            # The trees come shortest first: this is the longest row of its batch.
            longest = len(job.prefix) + job.tokens
            if batch and longest * (len(batch) + 1) > self._room:
                yield from self._whole(batch)
                batch = []
            batch.append(job)
        if batch:
            yield from self._whole(batch)

    def score_alone(self, pairs: Sequence[Pair]) -> Iterator[dict[Pair, Tokens]]:
        """Yield the log-probabilities of each pair, which no other pair can move by a bit."""
        for pair in pairs:
            try:
                [value] = in_halves(
                    lambda own: passes.alone(self.lm, *own[0]), [pair], shrink=self._shrink
                )
            except BatchOfOneError:
                raise self._too_large(Job(pair[0], ())) from None
            yield {pair: value}

    @property
    def _room(self) -> int:
        return min(self.budget, self.limits.pass_tokens)

    def _shrink(self) -> None:
        self.budget = max(1, self.budget // 2)

    def _fits_whole(self, job: Job) -> bool:
        return (
            self.lm.packs
            and job.tokens <= self.limits.pack_tokens
            and len(job.prefix) + job.tokens <= min(self.limits.whole_tokens, self.budget)
        )

    def _whole(self, batch: Sequence[Job]) -> Iterator[dict[Pair, Tokens]]:
        """Prompts with all their replies in one pass, a row for each tree."""
        try:
            parts = in_halves(
                lambda jobs: [passes.whole(self.lm, jobs)], batch, shrink=self._shrink
            )
        except BatchOfOneError:
            raise self._too_large(batch[-1]) from None
        rows = [row for [part] in parts for row in part]
        for job, row in zip(batch, rows, strict=True):
            yield dict(zip(_pairs(job), row, strict=True))

    def _from_root(
        self, prompts: Sequence[Text], replies: Mapping[Text, Sequence[Text]], root: Node
    ) -> Iterator[dict[Pair, Tokens]]:
        """Read a tree of prompts behind one cache, from its root to its leaves and back."""
        cache = passes.empty_cache(self.lm)

        def visit(node: Node) -> Iterator[dict[Pair, Tokens]]:
            job = _job(prompts, replies, node)
            try:
                in_halves(
                    lambda parts: passes.extend(self.lm, cache, parts[0]),
                    [node.ids],
                    shrink=self._shrink,
                )
                yield from self._behind(cache, job)
            except BatchOfOneError:
                raise self._too_large(job) from None
            for child in node.children:
                yield from visit(child)
            if node is not root:
                passes.crop(cache, node.end - len(node.ids))

        yield from visit(root)

    def _behind(self, cache: DynamicCache, job: Job) -> Iterator[dict[Pair, Tokens]]:
        """Replies of the prompts that end behind the cached prefix."""
        length, start = len(job.prefix), 0
        pairs = _pairs(job)
        while start < len(job.lines):
            expand = self._expands(job, start)
            room = self.budget if expand else min(self.budget, self.limits.pack_tokens)
            lines = _first(job.lines[start:], room, each=length if expand else 0)

            def run(part: Sequence[Line], expand: bool = expand) -> list[Tokens]:
                if expand:
                    return passes.expanded(self.lm, cache, part)
                return passes.packed(self.lm, cache, length, part)

            parts = in_halves(run, lines, shrink=self._shrink)
            values = [value for part in parts for value in part]
            yield dict(zip(pairs[start : start + len(lines)], values, strict=True))
            start += len(lines)

    def _expands(self, job: Job, start: int) -> bool:
        """Whether the lines from `start` on are read over copies of the cache, not in packs."""
        if not self.lm.packs:
            return True
        return (
            job.lines[0].tail == job.lines[-1].tail
            and len(job.lines) - start >= self.limits.expand_replies
            and len(job.prefix) <= self.limits.expand_prefix
        )

    def _too_large(self, job: Job) -> RemidError:
        prompt = next((prompt for prompt, _ in _pairs(job)), job.prefix)
        name = next(n for ids, n in self.names.items() if ids[: len(prompt)] == prompt)
        return RemidError(
            f"dialogue {name!r}: memory ran out on its prompt of {len(prompt)} tokens with one "
            "reply; lower model.max_prompt_tokens."
        )


def _job(prompts: Sequence[Text], replies: Mapping[Text, Sequence[Text]], node: Node) -> Job:
    below = node
    while not below.members:
        below = below.children[0]
    prefix = prompts[below.members[0]][: node.end]
    lines = [
        Line(prompts[k][node.end :], reply) for k in node.members for reply in replies[prompts[k]]
    ]
    return Job(prefix, tuple(lines))


def _pairs(job: Job) -> list[Pair]:
    return [(job.prefix + line.tail, line.reply) for line in job.lines]


def _first(lines: Sequence[Line], room: int, *, each: int) -> Sequence[Line]:
    """Take lines while they fit the room; at least one."""
    used, count = 0, 0
    tail: Text | None = None
    for line in lines:
        used += each + len(line.reply) + (len(line.tail) if each or line.tail != tail else 0)
        if count and used > room:
            break
        count, tail = count + 1, line.tail
    return lines[:count]
