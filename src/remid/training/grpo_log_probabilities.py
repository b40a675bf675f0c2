"""Log-probabilities of rollouts, with gradients, their common prompt read once."""

from dataclasses import dataclass
from typing import Any

import torch
from transformers import DynamicCache

Text = tuple[int, ...]


@dataclass(frozen=True)
class Scored:
    """One row per rollout; what lies behind a rollout's end means nothing."""

    log_probabilities: torch.Tensor
    """log q of each token, nats, shape (rollouts, width)."""
    entropies: torch.Tensor
    """Entropy of the distribution that each token was drawn from, nats, no gradient; same shape."""


def score(
    model: Any,
    config: Any,
    ids: torch.Tensor,
    mask: torch.Tensor,
    width: int,
    temperature: float,
) -> Scored:
    """Score completions, those of one prompt as a batch over copies of its keys and values.

    Parameters
    ----------
    model : a causal model, or an engine around it; `config` is the model's.
    ids, mask : prompts padded on the left and completions padded on the right, (rollouts, length).
    width : columns at the right that hold the completions.
    """
    # 1. Rollouts of one prompt, wherever they stand in the batch, form a group.
    rows: dict[Text, list[int]] = {}
    for k, (own, seen) in enumerate(zip(ids[:, :-width], mask[:, :-width].bool(), strict=True)):
        rows.setdefault(tuple(own[seen].tolist()), []).append(k)
    # 2. Each group reads its prompt once and its g completions as a batch over copies of the
    # prompt's keys and values: g w + p positions in place of g (p + w). Gradients of the copies
    # add up in the one prompt.
    values: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
    for prompt, members in rows.items():
        completions = ids[members, -width:]
        logits = _logits(model, DynamicCache(config=config), prompt, completions[:, :-1])
        # log q(y_t | x, y_<t) at the temperature that the rollout was drawn at, (g, w, v); the
        # policy that GRPO improves is the one that acted.
        every = (logits.float() / temperature).log_softmax(-1)
        taken = every.gather(2, completions[..., None])[..., 0]
        # H = -sum_v q log q, watched and not trained on.
        own = every.detach()
        values |= dict(
            zip(members, zip(taken, -(own.exp() * own).sum(-1), strict=True), strict=True)
        )
    # 3. Back to the order of the batch.
    found = [values[k] for k in range(len(ids))]
    return Scored(torch.stack([row[0] for row in found]), torch.stack([row[1] for row in found]))


def _logits(model: Any, cache: DynamicCache, prompt: Text, ids: torch.Tensor) -> torch.Tensor:
    """Logits of a prompt's next token, then behind each further one: (g, w) to (g, w + 1, v)."""
    # (1, p): only the last position's logits are made, the distribution of a first token.
    start = torch.tensor([prompt], device=ids.device)
    first = model(
        input_ids=start, past_key_values=cache, use_cache=True, logits_to_keep=1
    ).logits.expand(len(ids), -1, -1)
    if not ids.shape[1]:
        return first
    cache.batch_repeat_interleave(len(ids))
    # Completions are padded at their ends, where a causal model does not look.
    rest = model(input_ids=ids, past_key_values=cache, use_cache=True).logits
    return torch.cat([first, rest], dim=1)
