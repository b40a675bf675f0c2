"""Stage `split`: the corpus to one file per split."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from remid.corpus import formats
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.shifts.build import build, manifest, write_splits
from remid.store.project import Project


def run(project: Project) -> None:
    """Construct and write every split and the manifest.

    Raises
    ------
    RemidError
        When the corpus cannot be read or is empty, or a split would be; nothing is written then.
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
    splits = build(_some(corpus, file), seed=params.seed, word_rate=params.split.word_rate)
    described = manifest(splits, seed=params.seed, word_rate=params.split.word_rate)
    write_splits(splits, layout.splits, described)
    for name, members in splits.items():
        print(f"{name}: {len(members)} dialogues")
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
