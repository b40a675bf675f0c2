"""log q(reply | prompt) for any set of pairs, each prompt read once."""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from remid.domain.errors import RemidError
from remid.scoring.cache import ContentCache, content_key
from remid.scoring.model import LanguageModel
from remid.scoring.prompts import EncodedPrompt
from remid.scoring.prefix import Group, group_by_prefix
from remid.scoring.tree import Segment, attention_mask, positions

PACK_REPLIES = 8
"""Replies in one pass over a cached prompt; larger packs lose to the mask's quadratic cost."""
HEAD_ROWS = 256
"""Positions whose logits exist at one time."""

logger = logging.getLogger(__name__)


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
    token_budget : tokens of one forward pass over replies; halved on running out of memory.
    progress : what a progress bar is called; None for no bar.

    Notes
    -----
    A prompt's key-value cache is shared by all its replies, and prompts that begin alike (the
    rollouts of one dialogue) share the cache of what they have in common. Replies are packed
    behind it in one sequence, each seeing the prompt and itself alone. Results do not depend on
    what is packed together beyond the arithmetic's rounding: 1e-4 nats per token in float32.
    """
    pairs = np.asarray(pairs, dtype=np.int64)
    tokens = np.array([len(replies[j]) for j in pairs[:, 1]], dtype=np.int64)
    sums = np.full(len(pairs), np.nan)
    keys = _keys(lm, prompts, replies, pairs, adapter) if cache else []
    if cache:
        known = cache.get(keys)
        for row, key in enumerate(keys):
            sums[row] = known.get(key, np.nan)
    wanted: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row in np.flatnonzero(np.isnan(sums)):
        wanted[int(pairs[row, 0]), int(pairs[row, 1])].append(int(row))

    scorer = _Scorer(lm, prompts, replies, token_budget)
    groups = group_by_prefix([prompts[i].ids for i in sorted({i for i, _ in wanted})])
    place = sorted({i for i, _ in wanted})
    by_prompt: dict[int, list[int]] = defaultdict(list)
    for i, j in wanted:
        by_prompt[i].append(j)
    with (
        lm.using(adapter),
        tqdm(total=len(wanted), desc=progress, unit="pair", disable=progress is None) as bar,
    ):
        for group in groups:
            work = [(place[k], j) for k in group.members for j in by_prompt[place[k]]]
            for done in scorer.score(group, work):
                for pair, value in done.items():
                    sums[wanted[pair]] = value
                if cache:
                    cache.put({keys[wanted[pair][0]]: value for pair, value in done.items()})
                bar.update(len(done))
    return PairLogProbabilities(sums, tokens)


def _keys(
    lm: LanguageModel,
    prompts: Sequence[EncodedPrompt],
    replies: Sequence[tuple[int, ...]],
    pairs: NDArray[np.int64],
    adapter: str | None,
) -> list[str]:
    who = lm.identity(adapter)
    prompt_keys = [content_key(prompt.ids) for prompt in prompts]
    reply_keys = [content_key(reply) for reply in replies]
    return [content_key("score", who, prompt_keys[i], reply_keys[j]) for i, j in pairs]


@dataclass
class _Scorer:
    """Scores the replies of prompts that share a prefix."""

    lm: LanguageModel
    prompts: Sequence[EncodedPrompt]
    replies: Sequence[tuple[int, ...]]
    budget: int

    def score(
        self, group: Group, work: Sequence[tuple[int, int]]
    ) -> Iterator[dict[tuple[int, int], float]]:
        """Yield the log-probabilities of the pairs of one group, pack by pack."""
        prefix = self.prompts[work[0][0]].ids[: group.length]
        cache = self._read(prefix)
        start = 0
        while start < len(work):
            pack = self._pack(work[start:], group.length)
            try:
                yield self._pass(cache, group.length, pack)
            except torch.OutOfMemoryError:
                if len(pack) == 1:
                    i, j = pack[0]
                    raise RemidError(
                        f"dialogue {self.prompts[i].dialogue_id!r}: out of memory scoring one reply of "
                        f"{len(self.replies[j])} tokens; lower model.max_prompt_tokens."
                    ) from None
                self.budget = max(1, self.budget // 2)
                logger.warning("out of memory: token budget halved to %d", self.budget)
                torch.cuda.empty_cache()
                cache = self._read(prefix)
                continue
            start += len(pack)

    def _read(self, prefix: tuple[int, ...]) -> Any:
        ids = torch.tensor([prefix], device=self.lm.device)
        return self.lm.decoder(input_ids=ids, use_cache=True).past_key_values

    def _pack(self, work: Sequence[tuple[int, int]], shared: int) -> list[tuple[int, int]]:
        """Take replies while they fit the budget; at least one."""
        pack: list[tuple[int, int]] = []
        used = 0
        for i, j in work[:PACK_REPLIES]:
            tail = 0 if pack and pack[-1][0] == i else len(self.prompts[i].ids) - shared
            used += tail + len(self.replies[j])
            if pack and used > self.budget:
                break
            pack.append((i, j))
        return pack

    def _pass(
        self, cache: Any, shared: int, pack: Sequence[tuple[int, int]]
    ) -> dict[tuple[int, int], float]:
        """One forward pass: the rest of each prompt, and its replies behind it."""
        segments: list[Segment] = []
        tails: dict[int, int] = {}
        leaves = []
        for i, j in pack:
            if i not in tails:
                tails[i] = len(segments)
                segments.append(Segment(self.prompts[i].ids[shared:], None))
            leaves.append(len(segments))
            # The last token of a reply predicts nothing that is scored.
            segments.append(Segment(self.replies[j][:-1], tails[i]))
        device = self.lm.device
        ids = torch.tensor([[t for s in segments for t in s.ids]], device=device)
        hidden = self.lm.decoder(
            input_ids=ids,
            attention_mask=attention_mask(segments, shared).to(device)[None, None],
            position_ids=positions(segments, shared).to(device)[None],
            past_key_values=cache,
            use_cache=True,
        ).last_hidden_state[0]
        cache.crop(-ids.shape[1])
        starts = np.cumsum([0, *(len(s.ids) for s in segments)])
        rows, targets, owner = [], [], []
        for n, ((i, j), leaf) in enumerate(zip(pack, leaves, strict=True)):
            tail_end = int(starts[tails[i] + 1]) - 1
            rows += [tail_end, *range(int(starts[leaf]), int(starts[leaf + 1]))]
            targets += self.replies[j]
            owner += [n] * len(self.replies[j])
        values = token_log_probabilities(self.lm.head, hidden, rows, targets)
        sums = np.bincount(owner, weights=values, minlength=len(pack))
        return {pair: float(value) for pair, value in zip(pack, sums, strict=True)}


def token_log_probabilities(
    head: Any, hidden: torch.Tensor, rows: Sequence[int], targets: Sequence[int]
) -> NDArray[np.float64]:
    """log-softmax of the targets at the given rows of `hidden`, HEAD_ROWS positions at a time.

    Returns
    -------
    nats, shape (len(rows),)

    Legend: r rows of a chunk, d hidden size, v vocabulary.
    """
    out = []
    for start in range(0, len(rows), HEAD_ROWS):
        chunk = hidden[rows[start : start + HEAD_ROWS]]  # (r, d)
        wanted = torch.tensor(targets[start : start + HEAD_ROWS], device=hidden.device)
        logits = head(chunk).float()  # (r, v)
        picked = logits.gather(1, wanted[:, None])[:, 0] - logits.logsumexp(1)
        out.append(picked.double().cpu().numpy())
    return np.concatenate(out)
