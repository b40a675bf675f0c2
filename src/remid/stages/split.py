"""Stage `split`: the corpus to one file per split."""

from collections import Counter
from pathlib import Path

from remid.corpus import formats
from remid.params import Params
from remid.shifts.build import build, manifest, write_splits
from remid.stages.layout import Layout


def run(params: Params, layout: Layout) -> None:
    """Construct and write every split and the manifest."""
    refused: Counter[str] = Counter()
    corpus = formats.read(
        layout.root / Path(params.data.path),
        params.data.format,
        on_refusal=lambda sample: refused.update([sample.refusal]),
    )
    splits = build(corpus, seed=params.seed, word_rate=params.split.word_rate)
    described = manifest(splits, seed=params.seed, word_rate=params.split.word_rate)
    write_splits(splits, layout.splits, described)
    for name, members in splits.items():
        print(f"{name}: {len(members)} dialogues")
    for reason, count in refused.items():
        print(f"left out {count}: {reason}")
