"""Log q of every pair that an evaluation asks for: where models are called."""

import numpy as np

from remid.domain.dialogue import REFERENCE
from remid.evaluation.dialogues import Evaluated
from remid.evaluation.scored import ScoredSplit
from remid.information.arrays import IntArray
from remid.lm import prompts
from remid.lm.likelihood.score import score_pairs
from remid.lm.runtime import Runtime


def score_split(
    runtime: Runtime,
    split: str,
    members: tuple[Evaluated, ...],
    pairs: IntArray,
    *,
    reply_tokens: int | None = None,
    missing: int = 0,
) -> ScoredSplit:
    """Score references and replies under every context that `pairs` asks for.

    Parameters
    ----------
    reply_tokens : how many tokens of every reply are scored, from its first; None for all. One
        that ends earlier is scored with its end of turn, one that goes on without: so a reply that
        was cut at this length and a longer reference are looked at for as long.
    missing : dialogues that were left out, to be told in the table.

    Each prompt is read once for all sources together.
    """
    chat, n = runtime.lm.chat, len(members)
    encoded = [runtime.encode(prompts.responder_prompt(one.dialogue, one.trace)) for one in members]
    references = [
        prompts.encode_reply(one.dialogue.reference, chat, dialogue_id=one.dialogue.id)
        for one in members
    ]
    sources = {REFERENCE: references}
    for model in members[0].replies if members else ():
        sources[model] = [one.replies[model].ids for one in members]
    texts = [ids[:reply_tokens] for own in sources.values() for ids in own]
    own = np.stack([np.arange(n), np.arange(n)], axis=1)
    per_source = np.concatenate([own, pairs])
    wanted = np.concatenate([per_source + [0, k * n] for k in range(len(sources))])
    result = score_pairs(runtime, encoded, texts, wanted, progress=f"scores, {split}")
    sums = result.sum.reshape(len(sources), -1)
    tokens = result.tokens.reshape(len(sources), -1)[:, :n]
    return ScoredSplit(
        split=split,
        ids=tuple(one.dialogue.id for one in members),
        pairs=pairs,
        sums=dict(zip(sources, sums, strict=True)),
        tokens=dict(zip(sources, tokens, strict=True)),
        missing=missing,
    )
