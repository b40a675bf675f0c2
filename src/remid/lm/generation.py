"""Sampled replies and traces, in batches, kept by content."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from tqdm import tqdm
from transformers import DynamicCache, StaticCache

from remid.domain.errors import RemidError
from remid.lm.guide import TraceGuide
from remid.lm.model import LanguageModel
from remid.lm.out_of_memory import BatchOfOneError, in_halves
from remid.lm.prompts import EncodedPrompt
from remid.lm.runtime import Runtime
from remid.store.cache import content_key

NUCLEUS = 1024
"""Most probable tokens among which a nucleus is looked for before the whole vocabulary is sorted."""
WORTH_MOVING = 0.75
"""Share of unfinished rows from which the others are dropped from the cache, which copies it."""


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
    form: Literal["free", "trace"] = "free"
    """``trace`` writes the headings of a reasoning trace; see :mod:`remid.lm.guide`."""


def generate(
    runtime: Runtime,
    prompts: Sequence[EncodedPrompt],
    sampling: Sampling,
    *,
    progress: str | None = None,
) -> list[Generation]:
    """Continue each prompt by an assistant's turn.

    Every prompt draws from a stream of its own (seed and prompt), so that a repaired dialogue does
    not change the others beyond the arithmetic's rounding. Prompts of like length share a batch;
    the longest come first, so that a batch too large for memory shows at once.

    Raises
    ------
    RemidError
        When a single prompt does not fit into memory.
    """
    lm, cache = runtime.lm, runtime.cache
    who = runtime.identity
    keys = [content_key("text", who, asdict(sampling), prompt.ids) for prompt in prompts]
    known = cache.get(keys) if cache else {}
    done = {key: Generation(**value) for key, value in known.items()}
    wanted = {key: prompt for key, prompt in zip(keys, prompts, strict=True) if key not in done}
    with (
        lm.using(runtime.adapter),
        tqdm(total=len(wanted), desc=progress, unit="text", disable=progress is None) as bar,
    ):
        for part in _batches(lm, wanted, sampling, runtime.token_budget):
            done.update(part)
            if cache:
                cache.put({key: asdict(text) for key, text in part.items()})
            bar.update(len(part))
    return [done[key] for key in keys]


def _batches(
    lm: LanguageModel, wanted: dict[str, EncodedPrompt], sampling: Sampling, budget: int
) -> Iterator[dict[str, Generation]]:
    def run(part: Sequence[str]) -> list[Generation]:
        return _batch(lm, [wanted[key].ids for key in part], sampling)

    def shrink() -> None:
        nonlocal budget
        budget //= 2

    order = sorted(wanted, key=lambda key: -len(wanted[key].ids))
    while order:
        longest = len(wanted[order[0]].ids) + sampling.max_new_tokens
        batch = order[: max(1, budget // longest)]
        try:
            parts = in_halves(run, batch, shrink=shrink)
        except BatchOfOneError:
            raise RemidError(
                f"dialogue {wanted[order[0]].dialogue_id!r}: memory ran out on generating one text "
                f"for a prompt of {len(wanted[order[0]].ids)} tokens; lower model.max_prompt_tokens."
            ) from None
        texts = [text for part in parts for text in part]
        yield dict(zip(batch, texts, strict=True))
        order = order[len(batch) :]


def _batch(
    lm: LanguageModel, prompts: Sequence[tuple[int, ...]], sampling: Sampling
) -> list[Generation]:
    streams = [_stream(sampling.seed, prompt) for prompt in prompts]
    texts = []
    for ids in draw(lm, prompts, streams, sampling, ends=lm.ends):
        finished = ids[-1] in lm.ends
        own = ids[:-1] if finished else ids
        texts.append(Generation(lm.chat.decode(own).strip(), len(own), finished))
    return texts


def draw(
    lm: LanguageModel,
    prompts: Sequence[tuple[int, ...]],
    streams: Sequence[torch.Generator],
    sampling: Sampling,
    *,
    ends: Collection[int],
) -> list[list[int]]:
    """Continue prompts in one batch by tokens drawn from a stream each, with the adapter in use.

    Equal prompts, as the rollouts of one dialogue, are read once.

    Parameters
    ----------
    ends : tokens that finish a text.

    Returns
    -------
    Ids of each text; the last is one of `ends`, unless the text was cut at its limit.
    """
    apart = list(dict.fromkeys(prompts))
    longest = max(map(len, apart))
    past = _cache(lm, longest + sampling.max_new_tokens)
    hidden, mask = _read(lm, apart, longest, past)
    rows = list(range(len(prompts)))
    if len(apart) < len(prompts):
        owners = torch.tensor([apart.index(prompt) for prompt in prompts], device=lm.device)
        _keep(past, owners)
        hidden, mask = hidden[owners], mask[owners]
    place = mask.sum(1, keepdim=True) - 1
    texts: list[list[int]] = [[] for _ in prompts]
    guides = [TraceGuide(lm.chat, sampling.max_new_tokens) for _ in prompts]
    guides = guides if sampling.form == "trace" else []
    for left in reversed(range(sampling.max_new_tokens)):
        drawn = _draw(lm.logits(hidden), [streams[row] for row in rows], sampling)
        for k, row in enumerate(rows):
            if not (texts[row] and texts[row][-1] in ends):
                if guides:
                    drawn[k] = guides[row].take(drawn[k], ends)
                texts[row].append(drawn[k])
        alive = [k for k, row in enumerate(rows) if texts[row][-1] not in ends]
        if not alive or not left:
            break
        if len(alive) <= WORTH_MOVING * len(rows):
            _keep(past, torch.tensor(alive, device=lm.device))
            mask, place = mask[alive], place[alive]
            rows, drawn = [rows[k] for k in alive], [drawn[k] for k in alive]
        mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)
        place = place + 1
        hidden = lm.decoder(
            input_ids=torch.tensor(drawn, device=lm.device)[:, None],
            attention_mask=mask,
            position_ids=place,
            past_key_values=past,
            use_cache=True,
        ).last_hidden_state[:, -1]
    return texts


def _read(
    lm: LanguageModel, prompts: Sequence[tuple[int, ...]], longest: int, past: Any
) -> tuple[torch.Tensor, torch.Tensor]:
    """Read the prompts into the cache, padded on the left.

    Returns
    -------
    Hidden states at their last tokens (b, d), and the mask (b, longest).
    """
    mask = torch.zeros((len(prompts), longest), dtype=torch.long)
    for row, prompt in enumerate(prompts):
        mask[row, longest - len(prompt) :] = 1
    mask = mask.to(lm.device)
    if lm.packs and lm.kind == "cpu":
        return _read_apart(lm, prompts, longest, past), mask
    ids = torch.zeros((len(prompts), longest), dtype=torch.long)
    for row, prompt in enumerate(prompts):
        ids[row, longest - len(prompt) :] = torch.tensor(prompt)
    hidden = lm.decoder(
        input_ids=ids.to(lm.device),
        attention_mask=mask,
        position_ids=(mask.cumsum(1) - 1).clamp(min=0),
        past_key_values=past,
        use_cache=True,
    ).last_hidden_state[:, -1]
    return hidden, mask


def _read_apart(
    lm: LanguageModel, prompts: Sequence[tuple[int, ...]], longest: int, past: Any
) -> torch.Tensor:
    """Read one prompt after the other: alone it needs no mask, and a CPU half the attention."""
    hidden = []
    for row, prompt in enumerate(prompts):
        own = DynamicCache(config=lm.base.config)
        ids = torch.tensor([prompt])
        read = lm.decoder(input_ids=ids, past_key_values=own, use_cache=True).last_hidden_state
        hidden.append(read[0, -1])
        for layer, part in zip(past.layers, own.layers, strict=True):
            if not layer.is_initialized:
                shape = (len(prompts), -1, -1, -1)
                layer.lazy_initialization(part.keys.expand(shape), part.values.expand(shape))
            layer.keys[row, :, longest - len(prompt) : longest] = part.keys[0]
            layer.values[row, :, longest - len(prompt) : longest] = part.values[0]
    for layer in past.layers:
        layer.cumulative_length.fill_(longest)
    return torch.stack(hidden)


def _cache(lm: LanguageModel, length: int) -> Any:
    # A cache that grows is copied at every step, a third of the time on a CPU at 32 rows.
    config = lm.base.config
    return StaticCache(config, max_cache_len=length) if lm.packs else DynamicCache(config=config)


def _keep(past: Any, rows: torch.Tensor) -> None:
    """Let the cache hold these rows of it, some perhaps more than once."""
    for layer in past.layers:
        layer.keys, layer.values = layer.keys[rows], layer.values[rows]


def _stream(seed: int, prompt: tuple[int, ...]) -> torch.Generator:
    digest = hashlib.sha256(repr((seed, prompt)).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))


def _draw(
    logits: torch.Tensor, streams: Sequence[torch.Generator], sampling: Sampling
) -> list[int]:
    """Draw one token for each row of logits (rows, vocabulary).

    The largest of p / e, with e exponential for every token, is a draw from p. Unlike a point on
    the cumulative distribution, it seldom changes when rounding moves the logits a little.
    """
    scores = logits
    if sampling.temperature > 0:
        probabilities = (logits / sampling.temperature).softmax(1)
        if sampling.top_p < 1:
            probabilities = _nucleus(probabilities, sampling.top_p)
        noise = torch.empty(logits.shape)
        for row, stream in zip(noise, streams, strict=True):
            row.exponential_(generator=stream)
        scores = probabilities / noise.to(logits.device)
    drawn: list[int] = scores.argmax(1).tolist()
    return drawn


def _nucleus(probabilities: torch.Tensor, top_p: float) -> torch.Tensor:
    """Keep the fewest tokens whose probability reaches top_p; the others get 0."""
    ordered, _ = probabilities.topk(min(NUCLEUS, probabilities.shape[1]), dim=1)
    if ordered.sum(1).min() < top_p:
        ordered, _ = probabilities.sort(dim=1, descending=True)
    kept = ordered.cumsum(1) - ordered < top_p
    least = ordered.masked_fill(~kept, 2.0).amin(1, keepdim=True)
    return probabilities.masked_fill(probabilities < least, 0.0)
