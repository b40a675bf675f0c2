"""Dialogues and persona-character pairs that more than one split holds."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from remid.checks.near_duplicates import near_duplicates
from remid.domain.dialogue import Dialogue
from remid.domain.shift import ID_TRAIN

Reasons = dict[str, dict[str, str]]
"""Split to dialogue id to what is wrong with it."""


def leaks(
    splits: Mapping[str, Sequence[Dialogue]], threshold: float, built: Collection[str] = ()
) -> Reasons:
    """Find the dialogues whose user turns and reference another split holds too, exactly or nearly.

    Of each pair the one in the later split is named. Dialogues of one split are not compared.

    Parameters
    ----------
    built : splits built from id_test, whose dialogues they share by design; compared with id_train
        alone.
    """
    # All splits in one search: pairs across splits are what leaks.
    flat = [(split, dialogue) for split, members in splits.items() for dialogue in members]
    reasons: Reasons = defaultdict(dict)
    for pair in near_duplicates([dialogue for _, dialogue in flat], threshold):
        (early, original), (late, copy) = flat[pair.first], flat[pair.second]
        # Within a split a near-duplicate is no leak (`repeats` finds exact ones). Built splits share
        # the dialogues of id_test by design, and must not share those of id_train.
        if early == late or ({early, late} & {*built} and ID_TRAIN not in (early, late)):
            continue
        kind = "the same as" if pair.similarity == 1 else "nearly the same as"
        reasons[late].setdefault(
            copy.id, f"{kind} {original.id} in {early} (Jaccard {pair.similarity:.2f})"
        )
    return dict(reasons)


def repeats(members: Sequence[Dialogue]) -> dict[str, str]:
    """Find the dialogues that say exactly what an earlier one of the same split says."""
    first: dict[object, str] = {}
    reasons = {}
    for dialogue in members:
        said = (dialogue.persona, dialogue.character, dialogue.context, dialogue.reference)
        origin = first.setdefault(said, dialogue.id)
        if origin != dialogue.id:
            reasons[dialogue.id] = f"says exactly what {origin} says"
    return reasons


def shared_ids(splits: Mapping[str, Sequence[Dialogue]]) -> Reasons:
    """Find the dialogues whose id a dialogue of an earlier split has too."""
    home: dict[str, str] = {}
    reasons: Reasons = defaultdict(dict)
    for split, members in splits.items():
        for dialogue in members:
            # The first split keeps the id; every later one is told of it.
            first = home.setdefault(dialogue.id, split)
            if first != split:
                reasons[split][dialogue.id] = f"id: used in {first} too"
    return dict(reasons)


def shared_pairs(members: Sequence[Dialogue], train: Sequence[Dialogue]) -> dict[str, str]:
    """Find the test dialogues whose persona and character meet in id_train too."""
    known = {(dialogue.persona, dialogue.character): dialogue.id for dialogue in train}
    return {
        d.id: f"persona and character of {known[d.persona, d.character]} in {ID_TRAIN}"
        for d in members
        if (d.persona, d.character) in known
    }
