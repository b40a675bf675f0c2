"""Which dialogues of a split are replied to and evaluated."""

import hashlib
from collections.abc import Collection, Sequence

from remid.corpus.splits import read_tests
from remid.domain.dialogue import Dialogue
from remid.domain.shift import ID_TEST
from remid.store.project import Project


def evaluated(project: Project, per_split: int | None = None) -> dict[str, list[Dialogue]]:
    """Read the dialogues of every test split that are replied to and evaluated.

    Parameters
    ----------
    per_split : how many of each; `reply.dialogues_per_split` by default.
    """
    params = project.params
    count = params.reply.dialogues_per_split if per_split is None else per_split
    splits = read_tests(project.layout)
    # Twins and rewritings need the ID dialogue that they belong to, or they cannot be paired.
    roots = {d.root for members in splits.values() for d in members if d.root != d.id}
    return {
        split: select(members, count, params.seed, preferred=roots)
        for split, members in splits.items()
    }


def demonstrated(project: Project) -> dict[str, list[Dialogue]]:
    """Read the dialogues of `remid demo`, by split."""
    release = project.params.release
    chosen = evaluated(project, release.demo_dialogues)
    return {split: chosen[split] for split in (ID_TEST, *release.demo_shifts)}


def select(
    split_dialogues: Sequence[Dialogue],
    per_split: int,
    seed: int,
    *,
    preferred: Collection[str] = (),
) -> list[Dialogue]:
    """Choose `per_split` dialogues of a split, the same for every model; all when there are fewer.

    Every dialogue has a place in one seeded order of its own id, whatever else is in the file. A
    constructed dialogue takes the place of the last of its parents, whose reference reply it
    shares, and a twin that of its twin: so what is chosen in one split belongs to what is chosen
    in id_test.

    Parameters
    ----------
    preferred : ids of ID dialogues that other splits belong to; they come first.

    Returns
    -------
    list
        In the order of the file.
    """
    ranked = sorted(split_dialogues, key=lambda d: (d.root not in preferred, *_place(d, seed)))
    chosen = {dialogue.id for dialogue in ranked[:per_split]}
    return [dialogue for dialogue in split_dialogues if dialogue.id in chosen]


def _place(dialogue: Dialogue, seed: int) -> list[str]:
    keys = (*reversed(dialogue.parents), *filter(None, [dialogue.twin]), dialogue.id)
    return [hashlib.sha256(f"{seed}:{key}".encode()).hexdigest() for key in keys]
