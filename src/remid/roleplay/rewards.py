"""What a sampled reply is worth: log-scores of replies, compared with the reference's."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remid.domain.dialogue import Dialogue
from remid.judge.ask import rate
from remid.lm.likelihood.score import score_pairs
from remid.lm.model import LanguageModel
from remid.lm.prompts import encode, encode_reply, responder_prompt

Signal = Literal["likelihood", "judge"]
RESPONDER = "responder"
"""Name of the adapter that scores likelihoods."""


def log_scores(
    lm: LanguageModel,
    dialogues: Sequence[Dialogue],
    replies: Sequence[str],
    *,
    signal: Signal,
    max_prompt_tokens: int,
    token_budget: int,
) -> NDArray[np.float64]:
    """Score replies, one per dialogue.

    Returns
    -------
    shape (n,): for `likelihood`, log q(reply | x, written trace) of the responder in nats per
    token; for `judge`, the log of the base model's mean rating. An empty reply scores -inf.
    """
    kept = [k for k, reply in enumerate(replies) if reply.strip()]
    chosen, texts = [dialogues[k] for k in kept], [replies[k] for k in kept]
    scores = np.full(len(replies), -np.inf)
    if not kept:
        return scores
    if signal == "judge":
        scores[kept] = np.log(rate(lm, chosen, texts, token_budget=token_budget).mean(axis=1))
        return scores
    prompts = [
        encode(responder_prompt(d, d.trace), lm.chat, max_tokens=max_prompt_tokens) for d in chosen
    ]
    ids = [
        encode_reply(text, lm.chat, dialogue_id=d.id) for d, text in zip(chosen, texts, strict=True)
    ]
    own = np.stack([np.arange(len(kept)), np.arange(len(kept))], axis=1)
    scores[kept] = score_pairs(
        lm, prompts, ids, own, token_budget=token_budget, adapter=RESPONDER
    ).mean
    return scores


def worth(
    lm: LanguageModel,
    dialogues: Sequence[Dialogue],
    replies: Sequence[str],
    *,
    signal: Signal,
    max_prompt_tokens: int,
    token_budget: int,
) -> list[float]:
    """Score replies beside their references: between 0 and 1, as :func:`relative`."""
    unique = {d.id: d for d in dialogues}

    def score(dialogues: Sequence[Dialogue], texts: Sequence[str]) -> NDArray[np.float64]:
        return log_scores(
            lm,
            dialogues,
            texts,
            signal=signal,
            max_prompt_tokens=max_prompt_tokens,
            token_budget=token_budget,
        )

    references = dict(
        zip(unique, score([*unique.values()], [d.reference for d in unique.values()]), strict=True)
    )
    return relative(score(dialogues, replies), np.array([references[d.id] for d in dialogues]))


def relative(scores: NDArray[np.float64], references: NDArray[np.float64]) -> list[float]:
    """min(1, exp(score - reference)): 1 for a reply that is at least as good as the reference.

    >>> relative(np.array([-1.0, -np.inf]), np.array([-2.0, -2.0]))
    [1.0, 0.0]
    """
    worth: list[float] = np.exp(np.minimum(scores - references, 0.0)).tolist()
    return worth
