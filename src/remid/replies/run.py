"""Replies of a project: who may have which name, who scores them, and where they are read."""

import re
from collections.abc import Mapping, Sequence

from remid.corpus.splits import read_splits
from remid.domain.dialogue import REFERENCE, Dialogue
from remid.domain.errors import RemidError
from remid.lm.chat import Chat
from remid.lm.model import load_chat
from remid.params import ROSTER
from remid.replies.draw import read_replies
from remid.replies.scorable import ScorableReply, tokenised
from remid.store.layout import Layout


def read_scorable(
    layout: Layout, name: str, splits: Mapping[str, Sequence[Dialogue]], chat: Chat
) -> dict[str, ScorableReply]:
    """Read a model's replies to the given dialogues, those that can be scored, by dialogue id."""
    found: dict[str, ScorableReply] = {}
    for split, members in splits.items():
        texts = read_replies(layout.replies(name) / f"{split}.jsonl", [d.id for d in members]).texts
        replies = {key: tokenised(text, chat) for key, text in texts.items()}
        found.update((key, own) for key, own in replies.items() if not isinstance(own, str))
    return found


def every_id(layout: Layout) -> dict[str, list[str]]:
    """Every split, the training split too, to the ids of its dialogues."""
    return {split: [d.id for d in members] for split, members in read_splits(layout).items()}


def scorer(layout: Layout) -> Chat:
    """Chat format of the base model, which scores every reply."""
    if not (layout.base / "config.json").is_file():
        raise RemidError(
            f"{layout.base}: no model there, so no reply can be measured; run `remid fetch`."
        )
    return load_chat(layout.base)


def require_own_name(name: str) -> None:
    """Refuse a name that cannot be a folder, or that is somebody else's.

    Raises
    ------
    RemidError
        Saying which names are free.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise RemidError(
            f"{name!r} cannot name a model; use letters, digits, '.', '_' and '-', as in my-model."
        )
    if name in (*ROSTER, REFERENCE):
        raise RemidError(
            f"{name!r} is a name of the pipeline's own ({', '.join((*ROSTER, REFERENCE))}); choose "
            "another for this model."
        )
