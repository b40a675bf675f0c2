"""Stage `split`: the corpus to one file per split."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from remid.corpus import formats
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.shifts.build import build
from remid.shifts.written import manifest, write_splits
from remid.store.project import Project


def run(project: Project) -> None:
    """Construct and write every split and the manifest.

    Raises
    ------
    RemidError
        When the corpus cannot be read or is empty, or does not fit the declaration; nothing is
        written then.
    """
    params, layout = project.params, project.layout
    refused: Counter[str] = Counter()
    file = layout.root / Path(params.data.path)
    corpus = formats.read(
        file,
        params.data.format,
        on_refusal=lambda sample: refused.update([sample.refusal]),
    )
    # Read lazily: the corpus is refused record by record, and counted, on its way in.
    declaration = project.declaration
    built = build(_some(corpus, file), declaration, seed=params.seed)
    described = manifest(built, seed=params.seed, word_rate=params.split.word_rate)
    write_splits(built.splits, layout.splits, described)
    for name, members in built.splits.items():
        print(f"{name}: {len(members)} dialogues")
    for name, count in built.too_small.items():
        print(f"{name}: left out, {count} dialogues and shifts.minimum is {declaration.minimum}")
    refused.update(built.left_out)
    for reason, count in refused.items():
        print(f"left out {count}: {reason}")


def _some(dialogues: Iterator[Dialogue], file: Path) -> Iterator[Dialogue]:
    # An empty corpus would fail later, and with a sentence about the splits.
    first = next(dialogues, None)
    if first is None:
        raise RemidError(
            f"{file}, line 1: no dialogue from here to the end of the file; get it back with `dvc "
            "checkout data.dvc`, or put dialogues into it, one a line."
        )
    yield first
    yield from dialogues
