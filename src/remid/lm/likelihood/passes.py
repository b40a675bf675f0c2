"""Forward passes that score replies: three ways that agree up to rounding."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import DynamicCache

from remid.lm.likelihood.block_mask import Segment, Tree, flatten
from remid.lm.model import LanguageModel

Tokens = NDArray[np.float64]
"""log q of each token of one reply, nats."""
HEAD_ROWS = 256
"""Positions whose logits exist at one time."""


@dataclass(frozen=True)
class Line:
    """One reply under one prompt."""

    tail: tuple[int, ...]
    """What follows the shared prefix in its prompt; never empty, its end predicts the reply."""
    reply: tuple[int, ...]


@dataclass(frozen=True)
class Job:
    """Lines that share a prefix."""

    prefix: tuple[int, ...]
    lines: tuple[Line, ...]

    @property
    def tokens(self) -> int:
        """Tokens beyond the prefix, tails counted once."""
        tails = {line.tail for line in self.lines}
        return sum(map(len, tails)) + sum(len(line.reply) - 1 for line in self.lines)


def whole(lm: LanguageModel, jobs: Sequence[Job]) -> list[list[Tokens]]:
    """Read prefixes and replies in one pass without a cache, a row for each job."""
    trees = [_tree(job.lines, Segment(job.prefix, None)) for job in jobs]
    flat = flatten(trees)
    hidden = lm.decoder(
        input_ids=flat.ids.to(lm.device),
        attention_mask=_for_kernel(lm, flat.mask),
        position_ids=flat.positions.to(lm.device),
        use_cache=False,
    ).last_hidden_state
    return [
        _tree_tokens(lm, row, tree, job.lines)
        for row, tree, job in zip(hidden, trees, jobs, strict=True)
    ]


def alone(lm: LanguageModel, prompt: tuple[int, ...], reply: tuple[int, ...]) -> Tokens:
    """Read one reply behind its prompt and nothing else: no mask, padding or cache of ours."""
    ids = torch.tensor([prompt + reply[:-1]], device=lm.device)
    hidden = lm.decoder(input_ids=ids, use_cache=False).last_hidden_state[0]
    # The last token of the prompt predicts the first of the reply.
    return token_log_probabilities(lm, hidden[len(prompt) - 1 :], reply)


def _for_kernel(lm: LanguageModel, mask: torch.Tensor) -> torch.Tensor:
    """Return the mask as the model's attention reads it.

    sdpa leaves out where a bool mask is false. Eager attention adds whatever mask it is given to
    the logits: of a bool one that would be 1 to what is seen, and nothing would be hidden.
    """
    if lm.base.config.get_text_config()._attn_implementation != "eager":
        return mask.to(lm.device)
    hidden = torch.full(mask.shape, torch.finfo(lm.dtype).min, dtype=lm.dtype)
    return hidden.masked_fill(mask, 0.0).to(lm.device)


def empty_cache(lm: LanguageModel) -> DynamicCache:
    """Make a key-value cache with nothing in it."""
    return DynamicCache(config=lm.base.config)


def extend(lm: LanguageModel, cache: DynamicCache, ids: tuple[int, ...]) -> None:
    """Read more of a prompt behind what the cache holds."""
    tokens = torch.tensor([ids], device=lm.device)
    lm.decoder(input_ids=tokens, past_key_values=cache, use_cache=True)


def crop(cache: DynamicCache, length: int) -> None:
    """Forget what was read after the first `length` tokens."""
    for layer in cache.layers:  # not all of one length where a pass ran out of memory
        layer.crop(length - layer.get_seq_length())


def packed(
    lm: LanguageModel, cache: DynamicCache, prefix: int, lines: Sequence[Line]
) -> list[Tokens]:
    """Read lines in one sequence behind the cached prefix, each blind to the others."""
    tree = _tree(lines, None)
    flat = flatten([tree], prefix=prefix)
    try:
        hidden = lm.decoder(
            input_ids=flat.ids.to(lm.device),
            attention_mask=_for_kernel(lm, flat.mask),
            position_ids=flat.positions.to(lm.device),
            past_key_values=cache,
            use_cache=True,
        ).last_hidden_state[0]
    finally:
        crop(cache, prefix)
    return _tree_tokens(lm, hidden, tree, lines)


def expanded(lm: LanguageModel, cache: DynamicCache, lines: Sequence[Line]) -> list[Tokens]:
    """Read lines as a batch, padded at their ends, over copies of the cached prefix."""
    rows = [line.tail + line.reply[:-1] for line in lines]
    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    for k, row in enumerate(rows):
        ids[k, : len(row)] = torch.tensor(row)
    copies = copy.deepcopy(cache)
    copies.batch_repeat_interleave(len(rows))
    hidden = lm.decoder(
        input_ids=ids.to(lm.device), past_key_values=copies, use_cache=True
    ).last_hidden_state
    places = [
        torch.arange(len(line.reply), device=lm.device) + len(line.tail) - 1 for line in lines
    ]
    chosen = torch.cat([hidden[k, place] for k, place in enumerate(places)])
    return _split(lm, chosen, [line.reply for line in lines])


def token_log_probabilities(
    lm: LanguageModel, hidden: torch.Tensor, targets: Sequence[int]
) -> NDArray[np.float64]:
    """log-softmax of the targets at the rows of `hidden`, HEAD_ROWS positions at a time.

    Returns
    -------
    nats, shape (len(targets),)

    Legend: r rows of a chunk, d hidden size, v vocabulary.
    """
    out = []
    for start in range(0, len(targets), HEAD_ROWS):
        wanted = torch.tensor(targets[start : start + HEAD_ROWS], device=hidden.device)
        logits = lm.logits(hidden[start : start + HEAD_ROWS])  # (r, d) -> (r, v)
        picked = logits.gather(1, wanted[:, None])[:, 0] - logits.logsumexp(1)
        out.append(picked.double().cpu().numpy())
    return np.concatenate(out)


def _tree(lines: Sequence[Line], root: Segment | None) -> Tree:
    segments = [] if root is None else [root]
    tails: dict[tuple[int, ...], int] = {}
    for line in lines:
        if line.tail not in tails:
            tails[line.tail] = len(segments)
            segments.append(Segment(line.tail, None if root is None else 0))
        # The last token of a reply predicts nothing that is scored.
        segments.append(Segment(line.reply[:-1], tails[line.tail]))
    return Tree(tuple(segments))


def _tree_tokens(
    lm: LanguageModel, hidden: torch.Tensor, tree: Tree, lines: Sequence[Line]
) -> list[Tokens]:
    parents = {segment.parent for segment in tree.segments}
    leaves = [k for k in range(len(tree.segments)) if k not in parents]
    places: list[int] = []
    for leaf, line in zip(leaves, lines, strict=True):
        parent = tree.segments[leaf].parent
        assert parent is not None
        places.append(tree.start(parent + 1) - 1)
        start = tree.start(leaf)
        places += range(start, start + len(line.reply) - 1)
    return _split(lm, hidden[places], [line.reply for line in lines])


def _split(
    lm: LanguageModel, hidden: torch.Tensor, replies: Sequence[tuple[int, ...]]
) -> list[Tokens]:
    values = token_log_probabilities(lm, hidden, [token for reply in replies for token in reply])
    ends = np.cumsum([len(reply) for reply in replies])
    return np.split(values, ends[:-1])
