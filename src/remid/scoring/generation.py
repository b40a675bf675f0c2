"""Sampled replies and traces, in batches, kept by content."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from tqdm import tqdm

from remid.scoring.cache import ContentCache, content_key
from remid.scoring.model import LanguageModel
from remid.scoring.prompts import EncodedPrompt


@dataclass(frozen=True)
class Generation:
    """One sampled text."""

    text: str
    tokens: int
    finished: bool
    """False where it was cut at the token limit."""


@dataclass(frozen=True)
class Sampling:
    """How texts are drawn."""

    max_new_tokens: int
    temperature: float
    """0 takes the most probable token."""
    top_p: float = 1.0
    seed: int = 0


def generate(
    lm: LanguageModel,
    prompts: Sequence[EncodedPrompt],
    sampling: Sampling,
    *,
    token_budget: int,
    adapter: str | None = None,
    cache: ContentCache | None = None,
    progress: str | None = None,
) -> list[Generation]:
    """Continue each prompt by an assistant's turn.

    Every prompt draws from a stream of its own (seed and prompt), so that a repaired dialogue does
    not change the others. Prompts of like length share a batch; the longest come first, so that a
    batch too large for memory shows at once and the estimate of the bar errs on the long side.
    """
    who = lm.identity(adapter)
    keys = [content_key("text", who, asdict(sampling), prompt.ids) for prompt in prompts]
    known = cache.get(keys) if cache else {}
    done = {k: Generation(**known[key]) for k, key in enumerate(keys) if key in known}
    order = sorted(
        (k for k in range(len(prompts)) if k not in done), key=lambda k: -len(prompts[k].ids)
    )
    with (
        lm.using(adapter),
        tqdm(total=len(order), desc=progress, unit="text", disable=progress is None) as bar,
    ):
        start = 0
        while start < len(order):
            longest = len(prompts[order[start]].ids) + sampling.max_new_tokens
            batch = order[start : start + max(1, token_budget // longest)]
            texts = _batch(lm, [prompts[k].ids for k in batch], sampling)
            done.update(zip(batch, texts, strict=True))
            if cache:
                cache.put({keys[k]: asdict(done[k]) for k in batch})
            bar.update(len(batch))
            start += len(batch)
    return [done[k] for k in range(len(prompts))]


def _batch(
    lm: LanguageModel, prompts: Sequence[tuple[int, ...]], sampling: Sampling
) -> list[Generation]:
    device, end = lm.device, lm.chat.end_of_turn
    longest = max(map(len, prompts))
    ids = torch.full((len(prompts), longest), end, device=device)
    mask = torch.zeros((len(prompts), longest), dtype=torch.long, device=device)
    for row, prompt in enumerate(prompts):
        ids[row, longest - len(prompt) :] = torch.tensor(prompt, device=device)
        mask[row, longest - len(prompt) :] = 1
    streams = [_stream(sampling.seed, prompt) for prompt in prompts]
    texts: list[list[int]] = [[] for _ in prompts]
    alive = list(range(len(prompts)))
    finished = [False] * len(prompts)
    place = (mask.cumsum(1) - 1).clamp(min=0)
    past: Any = None
    for _ in range(sampling.max_new_tokens):
        out = lm.decoder(
            input_ids=ids, attention_mask=mask, position_ids=place, past_key_values=past, use_cache=True
        )
        past = out.past_key_values
        logits = lm.logits(out.last_hidden_state[:, -1])
        drawn = _draw(logits, [streams[row] for row in alive], sampling)
        keep = []
        for k, (row, token) in enumerate(zip(alive, drawn, strict=True)):
            finished[row] = token == end
            if not finished[row]:
                texts[row].append(token)
                keep.append(k)
        if not keep:
            break
        if len(keep) < len(alive):
            chosen = torch.tensor(keep, device=device)
            past.batch_select_indices(chosen)
            mask, place = mask[chosen], place[chosen]
            alive = [alive[k] for k in keep]
        ids = torch.tensor([[drawn[k]] for k in keep], device=device)
        mask = torch.cat([mask, mask.new_ones(len(keep), 1)], dim=1)
        place = place[:, -1:] + 1
    return [
        Generation(lm.chat.decode(text).strip(), len(text), done)
        for text, done in zip(texts, finished, strict=True)
    ]


def _stream(seed: int, prompt: tuple[int, ...]) -> torch.Generator:
    digest = hashlib.sha256(repr((seed, prompt)).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))


def _draw(
    logits: torch.Tensor, streams: Sequence[torch.Generator], sampling: Sampling
) -> list[int]:
    """Draw one token for each row of logits (rows, vocabulary)."""
    if sampling.temperature == 0:
        greedy: list[int] = logits.argmax(1).tolist()
        return greedy
    ordered, tokens = (logits / sampling.temperature).softmax(1).cpu().sort(descending=True)
    total = ordered.cumsum(1)
    # The nucleus: the fewest tokens whose probability reaches top_p.
    ordered[total - ordered >= sampling.top_p] = 0
    total = ordered.cumsum(1)
    points = torch.cat([torch.rand(1, generator=stream) for stream in streams])
    picks = torch.searchsorted(total, (points * total[:, -1])[:, None]).clamp(
        max=total.shape[1] - 1
    )
    drawn: list[int] = tokens.gather(1, picks)[:, 0].tolist()
    return drawn
