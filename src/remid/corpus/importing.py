"""Turning a file of any format into the project's own, counting what is left out."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from remid.corpus import formats, jsonl
from remid.corpus.faults import faults
from remid.corpus.sample import Sample
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError

EXAMPLES = 20
"""How many refusals are remembered word for word."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import read and what it left out."""

    source: Path
    format: str
    output: Path
    read: int
    """Dialogues written."""
    refused: int
    """Records left out."""
    reasons: dict[str, int]
    """Why, with how many."""
    examples: tuple[str, ...]
    """The first refusals with their places."""


@dataclass(slots=True)
class _Tally:
    reasons: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def refuse(self, sample: Sample, reason: str, detail: str) -> None:
        self.reasons[reason] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(f"{sample.where}: {detail}")


def import_file(path: Path, output: Path, format: str | None = None) -> ImportReport:
    """Stream `path` into `output`, a file in the project's schema.

    Records that hold no dialogue with a reply, and dialogues that break a rule of
    `remid.corpus.faults`, are left out and counted. A broken file raises, and so does one of which
    nothing is left; then nothing is written and an older `output` stays.

    Parameters
    ----------
    path, output
        Source and target.
    format
        A key of `formats.READERS`; detected when None.

    Raises
    ------
    RemidError
        As `formats.samples`, and if no dialogue is left.
    """
    format = format or formats.detect(path)
    tally = _Tally()
    bar = tqdm(_sound(path, format, tally), desc=f"import {path.name}", unit=" dialogues")
    count = jsonl.write(output, _at_least_one(bar, path, tally))
    return ImportReport(
        source=path,
        format=format,
        output=output,
        read=count,
        refused=tally.reasons.total(),
        reasons=dict(tally.reasons.most_common()),
        examples=tuple(tally.examples),
    )


def _sound(path: Path, format: str, tally: _Tally) -> Iterator[Dialogue]:
    for sample in formats.samples(path, format):
        if sample.dialogue is None:
            tally.refuse(sample, sample.refusal, sample.refusal)
        elif not (found := faults(sample.dialogue)):
            yield sample.dialogue
        elif "U+0000" in found[0].reason:
            raise RemidError(
                f"{path}, {sample.where}, field {found[0].reason}: a NUL in text is never meant; "
                "mend the source."
            )
        else:
            tally.refuse(sample, found[0].rule, found[0].reason)


def _at_least_one(dialogues: Iterator[Dialogue], path: Path, tally: _Tally) -> Iterator[Dialogue]:
    count = 0
    for dialogue in dialogues:
        yield dialogue
        count += 1
    if not count:
        why = "; ".join(tally.examples[:3]) or "it is empty"
        raise RemidError(
            f"{path}: holds no usable dialogue ({why}); check the file and its format."
        )
