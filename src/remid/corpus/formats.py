"""Every format that is read, under the names of `data.format`."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from remid.corpus import cards, chat, jsonl, png, rpgbench, synthetic, xpersona
from remid.corpus.faults import faults
from remid.corpus.files import opened
from remid.corpus.jsonstream import first_keys
from remid.corpus.sample import Sample
from remid.corpus.unique import Unique
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError

logger = logging.getLogger(__name__)

READERS: dict[str, Callable[[Path], Iterator[Sample]]] = {
    "remid": jsonl.samples,
    "rpgbench": rpgbench.samples,
    "chat": chat.samples,
    "cards": cards.samples,
    "xpersona": xpersona.samples,
    "synthetic_persona_chat": synthetic.samples,
}
"""A stream of samples per format."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the records of a file."""

    format: str
    """Key of `READERS`."""
    read: int
    """Dialogues written."""
    refused: Mapping[str, int]
    """Records left out, by reason."""


def read(path: Path, format: str) -> Iterator[Dialogue]:
    """Stream the dialogues of a file; records without a usable dialogue are counted and logged.

    Raises
    ------
    RemidError
        For an unknown format, an id used twice, and whatever the reader finds wrong, naming file,
        line and field.
    """
    refused: Counter[str] = Counter()
    with Unique(path) as unique:
        for sample in _reader(format)(path):
            if sample.dialogue is None:
                refused[sample.refusal] += 1
                continue
            unique.add(sample.dialogue.id, sample.where)
            yield sample.dialogue
    for reason, count in refused.items():
        logger.warning("%s: %d records left out: %s", path, count, reason)


def bring(source: Path, target: Path, format: str | None = None) -> ImportReport:
    """Turn a file into the project's own format, whole or not at all, in constant memory.

    A dialogue that the checks would refuse for itself (`corpus.faults`) is left out and counted.

    Raises
    ------
    RemidError
        As `read`; also if nothing usable is in the file, or its format cannot be told.
    """
    format = format or detect(source)
    reader = _reader(format)
    refused: Counter[str] = Counter()

    def sound() -> Iterator[Dialogue]:
        count = 0
        with Unique(source) as unique:
            for sample in tqdm(reader(source), desc=f"import {source.name}", unit=" dialogues"):
                reason, dialogue = sample.refusal, sample.dialogue
                if dialogue is not None:
                    unique.add(dialogue.id, sample.where)
                    reason = "".join(f.rule for f in faults(dialogue)[:1]).replace("_", " ")
                if reason or dialogue is None:
                    refused[reason] += 1
                    continue
                count += 1
                yield dialogue
        if not count:
            told = "; ".join(f"{n} refused: {reason}" for reason, n in refused.items())
            raise RemidError(
                f"{source}: no usable dialogue in it ({told or 'it is empty'}); nothing was written."
            )

    count = jsonl.write(target, sound())
    return ImportReport(format, count, dict(refused))


def detect(path: Path) -> str:
    """Tell the format by the start of a file.

    Raises
    ------
    RemidError
        When it is none of those that are read.
    """
    with opened(path) as file:
        start = file.read(4096).removeprefix(b"\xef\xbb\xbf")
    if start.startswith(png.SIGNATURE):
        return "cards"
    if start.lstrip().lower().startswith(synthetic.HEADER[0].encode()):
        return "synthetic_persona_chat"
    keys = set(first_keys(path))
    for format, needed in _KEYS.items():
        if needed <= keys:
            return format
    if keys & {*rpgbench.SPLITS, "OOD1Test", "OOD2Test", "OOD3Test"}:
        return "rpgbench"
    raise RemidError(
        f"{path}: its format cannot be told from its start; pass --format, one of "
        f"{', '.join(READERS)}."
    )


_KEYS = {
    "xpersona": {"[]", "persona", "dialogue"},
    "remid": {"id", "character", "context", "reference"},
    "chat": {"messages"},
    "cards": {"spec", "data"},
}
"""Keys of the first object that give a format away."""


def _reader(format: str) -> Callable[[Path], Iterator[Sample]]:
    if format not in READERS:
        raise RemidError(f"format {format!r} is unknown; expected one of {', '.join(READERS)}.")
    return READERS[format]
