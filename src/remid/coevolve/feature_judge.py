"""The frozen judge: how sure the base model is that a reply has all the features."""

from collections.abc import Sequence

import numpy as np

from remid.domain.dialogue import Dialogue
from remid.domain.trace import parse_trace
from remid.lm.chat import Message
from remid.lm.likelihood.score import score_pairs
from remid.lm.prompts import EncodedPrompt
from remid.lm.runtime import Runtime

VERDICT = "100%"


def agreement(
    runtime: Runtime,
    dialogues: Sequence[Dialogue],
    traces: Sequence[str],
    candidates: Sequence[str],
) -> list[float]:
    """Log p("100%") under the base model, shown the features, the reference and a candidate.

    Returns
    -------
    nats, one per candidate; the reward compares it with that of the reference itself.
    """
    chat = runtime.lm.chat
    encoded = [
        EncodedPrompt(d.id, tuple(chat.render(_question(d, trace, candidate))), 0)
        for d, trace, candidate in zip(dialogues, traces, candidates, strict=True)
    ]
    verdict = tuple(chat.content(VERDICT))
    # Each question is followed by the one verdict, reply 0: log p("100%" | question).
    pairs = np.stack([np.arange(len(encoded)), np.zeros(len(encoded), np.int64)], axis=1)
    scores = score_pairs(runtime.on(None), encoded, [verdict], pairs)
    values: list[float] = scores.sum.tolist()
    return values


def _question(dialogue: Dialogue, trace: str, candidate: str) -> list[Message]:
    features = "\n".join(f"- {feature}" for feature in parse_trace(trace).features) or trace
    return [
        Message("system", "You judge replies. Answer with a percentage and nothing else."),
        Message(
            "user",
            f"Features wanted:\n{features}\n\nA reply that has them:\n{dialogue.reference}\n\n"
            f"Candidate:\n{candidate}\n\nWhat share of the features does the candidate have?",
        ),
    ]
