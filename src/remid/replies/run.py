"""Replies of a project: who may have which name, who scores them, and where they are read."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from remid.corpus.splits import read_splits
from remid.domain.dialogue import REFERENCE, Dialogue
from remid.domain.errors import RemidError
from remid.domain.names import LONGEST, folder_name
from remid.lm.chat import Chat
from remid.lm.model import load_chat
from remid.params import ROSTER
from remid.replies.draw import read_replies
from remid.replies.scorable import ScorableReply, tokenised
from remid.store.layout import Layout

_SUFFIXES = frozenset(".json .jsonl .ndjson .csv .tsv .parquet .gz .txt".split())


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


def file_name(path: Path) -> str:
    """Return the name of a model whose replies are in a file: the file's, as far as it can be."""
    name = path.name
    # `mine.jsonl.gz` has two.
    while (suffix := Path(name).suffix.lower()) in _SUFFIXES:
        name = name[: -len(suffix)]
    return plain_name(name)


def plain_name(text: str) -> str:
    """Make a name out of what a file calls a model: ``Lora[x]-Base/7B`` is ``Lora-x-Base-7B``."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", text).strip("-._")[:LONGEST] or "model"


def names_of(models: Iterable[str], name: str) -> dict[str, str]:
    """Name the models of one file after it: `name` for a single one, else ``name-MODEL``."""
    models = [*models]
    if len(models) == 1:
        return {models[0]: name}
    names: dict[str, str] = {}
    for model in models:
        # A file may call a model by a whole path: what its name has room for tells it apart, and
        # the number below does where it does not, as for A/B and A-B.
        own = f"{name}-{plain_name(model)}"[: LONGEST - 5].rstrip("-._")
        count = sum(other == own or other.startswith(f"{own}.") for other in names.values())
        names[model] = f"{own}.{count + 1}" if count else own
    return names


def require_own_name(name: str) -> None:
    """Refuse a name that cannot be a folder, or that is somebody else's.

    Raises
    ------
    RemidError
        Saying which names are free.
    """
    folder_name(name)
    if name in (*ROSTER, REFERENCE):
        raise RemidError(
            f"{name!r} is a name of the pipeline's own ({', '.join((*ROSTER, REFERENCE))}); choose "
            "another for this model."
        )
