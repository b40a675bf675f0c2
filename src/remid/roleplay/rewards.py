"""What a sampled reply is worth: log-scores of replies, compared with the reference's."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from remid.domain import plugins
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.judge.ask import rate
from remid.lm.likelihood.score import score_own
from remid.lm.prompts import encode_reply, responder_prompt
from remid.lm.runtime import Runtime
from remid.replies.reward import relative

Signal = str
"""``likelihood``, ``judge``, or the name of an entry point of ``remid.rewards``."""
SIGNALS = ("likelihood", "judge")
RESPONDER = "responder"
"""Name of the adapter that scores likelihoods."""


def log_scores(
    runtime: Runtime, dialogues: Sequence[Dialogue], replies: Sequence[str], *, signal: Signal
) -> NDArray[np.float64]:
    """Score replies, one per dialogue.

    Returns
    -------
    shape (n,): for `likelihood`, log q(reply | x, written trace) of the responder in nats per
    token; for `judge`, the log of the base model's mean rating; for a reward of another package,
    its log. An empty reply scores -inf.
    """
    kept = [k for k, reply in enumerate(replies) if reply.strip()]
    chosen, texts = [dialogues[k] for k in kept], [replies[k] for k in kept]
    # An empty reply has no tokens and no mean; -inf becomes worth 0 in `relative`.
    scores = np.full(len(replies), -np.inf)
    if not kept:
        return scores
    if signal == "judge":
        # Log, so that both signals compare by a difference: relative takes exp(own - reference).
        scores[kept] = np.log(rate(runtime.on(None), chosen, texts).mean(axis=1))
        return scores
    if signal not in SIGNALS:
        scores[kept] = _added(signal, chosen, texts)
        return scores
    chat = runtime.lm.chat
    prompts = [runtime.encode(responder_prompt(d, d.trace)) for d in chosen]
    ids = [
        encode_reply(text, chat, dialogue_id=d.id) for d, text in zip(chosen, texts, strict=True)
    ]
    scores[kept] = score_own(runtime.on(RESPONDER), prompts, ids).mean
    return scores


def _added(name: str, dialogues: Sequence[Dialogue], replies: Sequence[str]) -> NDArray[np.float64]:
    """Log of what another package's reward gives: beside the reference it becomes a ratio."""
    found = plugins.load("remid.rewards", SIGNALS)
    if name not in found:
        raise RemidError(
            f"train.signal: {name!r} is neither {' nor '.join(SIGNALS)} nor an entry point of "
            f"remid.rewards ({', '.join(found) or 'there is none'}); correct it."
        )
    values = np.asarray(found[name](dialogues, replies), dtype=np.float64)
    if values.shape != (len(replies),) or not ((values >= 0) & (values <= 1)).all():
        raise RemidError(
            f"reward {name!r}: expected {len(replies)} numbers from 0 to 1, got {values.tolist()}; "
            "mend the package that has it."
        )
    with np.errstate(divide="ignore"):
        return np.log(values)


def worth(
    runtime: Runtime, dialogues: Sequence[Dialogue], replies: Sequence[str], *, signal: Signal
) -> list[float]:
    """Score replies beside their references: between 0 and 1, as :func:`relative`."""
    # Rollouts of one dialogue share their reference: it is scored once.
    unique = {d.id: d for d in dialogues}
    texts = [d.reference for d in unique.values()]
    known = log_scores(runtime, [*unique.values()], texts, signal=signal)
    references = dict(zip(unique, known.tolist(), strict=True))
    own = log_scores(runtime, dialogues, replies, signal=signal)
    return relative(own.tolist(), [references[d.id] for d in dialogues])
