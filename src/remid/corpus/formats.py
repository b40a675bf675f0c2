"""All the readers by name, and which one a file needs."""

from collections.abc import Callable, Iterator
from pathlib import Path

from remid.corpus import cards, chat, jsonl, rpgbench, synthetic, xpersona
from remid.corpus.files import opened
from remid.corpus.jsonstream import first_keys
from remid.corpus.png import SIGNATURE
from remid.corpus.sample import Sample
from remid.corpus.unique import Unique
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError

READERS: dict[str, Callable[[Path], Iterator[Sample]]] = {
    "remid": jsonl.samples,
    "rpgbench": rpgbench.samples,
    "chat": chat.samples,
    "cards": cards.samples,
    "xpersona": xpersona.samples,
    "synthetic_persona_chat": synthetic.samples,
}
"""Name of each format and its reader."""


def read(
    path: Path, format: str, *, on_refusal: Callable[[Sample], None] | None = None
) -> Iterator[Dialogue]:
    """Stream the dialogues of a file.

    Parameters
    ----------
    path, format
        The file, and one of `READERS`.
    on_refusal
        Told of each record that holds no dialogue with a reply; without it such a record raises.

    Raises
    ------
    RemidError
        For a broken file (with file, place and field), an id used twice, an unknown format.
    """
    for sample in samples(path, format):
        if sample.dialogue is not None:
            yield sample.dialogue
        elif on_refusal is not None:
            on_refusal(sample)
        else:
            raise RemidError(
                f"{path}, {sample.where}: {sample.refusal}; take the record out, or run `remid "
                "import`, which leaves such records out and counts them."
            )


def samples(path: Path, format: str) -> Iterator[Sample]:
    """Stream every record with its place, refused ones too; ids are checked to be unique."""
    if format not in READERS:
        raise RemidError(f"format {format!r} is none of {', '.join(READERS)}; choose one of them.")
    with Unique(path) as unique:
        for sample in READERS[format](path):
            if sample.dialogue is not None:
                unique.add(sample.dialogue.id, sample.where)
            yield sample


def detect(path: Path) -> str:
    """Tell a file's format from its first bytes and keys; RemidError if they do not tell."""
    if path.is_dir():
        return "cards"
    with opened(path) as file:
        head = file.read(256)
    if head.startswith(SIGNATURE):
        return "cards"
    if head.removeprefix(b"\xef\xbb\xbf").startswith(synthetic.HEADER[0].encode()):
        return "synthetic_persona_chat"
    keys = first_keys(path)
    if keys[:1] == ["[]"]:
        if {"persona", "dialogue"} & set(keys):
            return "xpersona"
    elif "messages" in keys:
        return "chat"
    elif {"context", "reference"} & set(keys):
        return "remid"
    elif set(rpgbench.KEYS) & set(keys):
        return "rpgbench"
    elif {"spec", "data", "first_mes", "mes_example", "char_name"} & set(keys):
        return "cards"
    raise RemidError(
        f"{path}: its format is not clear from its first lines; name it, one of "
        f"{', '.join(READERS)}."
    )
