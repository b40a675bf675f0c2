"""Scores of whole texts in the window that the paper's authors use.

Read in their code (`emi_utils.py` of their repository), and written anew. A context is measured as
text with an empty assistant's turn and a generation prompt behind it, and a reply as the same text
with the reply in that turn. What lies behind the context's length is scored: so the window skips
as many of the reply's first tokens as an empty turn's end and a generation prompt have, and scores
that many of the template behind the reply. Every figure of `remid` itself is scored by
:mod:`remid.lm.likelihood.score` instead.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jinja2.exceptions import TemplateError
from tqdm import tqdm

from remid.domain.errors import RemidError
from remid.information.arrays import FloatArray, IntArray
from remid.lm.chat import Message
from remid.lm.likelihood.passes import token_log_probabilities
from remid.lm.model import LanguageModel
from remid.lm.runtime import Runtime
from remid.store.cache import content_key
from remid.store.reading import first_line

LONGEST = 4096
"""Tokens after which a text is cut, at its end."""


def window_scores(
    runtime: Runtime,
    contexts: Sequence[Sequence[Message]],
    replies: Sequence[str],
    pairs: IntArray,
    *,
    progress: str | None = None,
) -> FloatArray:
    """Mean log q of a token of the window, for reply j behind context i, nats per token.

    Parameters
    ----------
    pairs : (m, 2) rows of (context, reply).

    Returns
    -------
    shape (m,). A window beyond the end of its text scores 0, as theirs does.

    Raises
    ------
    RemidError
        When the chat template refuses the messages.
    """
    lm, found = runtime.lm, np.zeros(len(pairs))
    starts = {
        i: max(len(_ids(lm, contexts[i], "")) - 1, 0) for i in np.unique(pairs[:, 0]).tolist()
    }
    with (
        lm.using(runtime.adapter),
        tqdm(total=len(pairs), desc=progress, unit="pair", disable=progress is None) as bar,
    ):
        for row, (i, j) in enumerate(pairs.tolist()):
            found[row] = _score(runtime, _ids(lm, contexts[i], replies[j]), starts[i])
            bar.update()
    return found


def _score(runtime: Runtime, ids: tuple[int, ...], start: int) -> float:
    # Position t predicts token t + 1, so the last that predicts anything is len(ids) - 2.
    if start >= len(ids) - 1:
        return 0.0
    key = content_key("window score", runtime.identity, ids, start)
    known = runtime.cache.get([key]) if runtime.cache else {}
    if key in known:
        return float(known[key])
    lm = runtime.lm
    tokens = torch.tensor([ids], device=lm.device)
    hidden = lm.decoder(input_ids=tokens, use_cache=False).last_hidden_state[0, start:-1]
    value = float(token_log_probabilities(lm, hidden, ids[start + 1 :]).mean())
    if runtime.cache:
        runtime.cache.put({key: value})
    return value


def _ids(lm: LanguageModel, context: Sequence[Message], reply: str) -> tuple[int, ...]:
    messages = [{"role": message.role, "content": message.content} for message in context]
    messages.append({"role": "assistant", "content": reply})
    tokenizer = lm.chat.tokenizer
    try:
        text = tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
    except TemplateError as error:
        raise RemidError(
            f"{tokenizer.name_or_path}: its chat template refuses a chat whose last turn is the "
            f"assistant's ({first_line(error)}); set evaluate.as_published to false."
        ) from None
    # Markers in a text count as markers here, unlike everywhere else: theirs do.
    return tuple(tokenizer(text, truncation=True, max_length=LONGEST).input_ids)
