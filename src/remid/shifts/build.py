"""All splits of the benchmark, constructed from the corpus, deterministic in the seed."""

from collections.abc import Iterable, Mapping, Sequence

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.shift import ALL_SPLITS, ID_TEST, OPTIONAL
from remid.domain.streams import Stream, generator
from remid.shifts.assign import assigned
from remid.shifts.composition import TURN_LEVEL, WORD_LEVEL, turn_level, word_level
from remid.shifts.written import manifest, write_splits

__all__ = ["Splits", "build", "manifest", "write_splits"]

Splits = Mapping[str, Sequence[Dialogue]]
"""Name of each split and its dialogues, in the order of the seed."""


def build(
    dialogues: Iterable[Dialogue], *, seed: int, word_rate: float
) -> dict[str, list[Dialogue]]:
    """Sort the corpus by split and construct the composition shifts from ``id_test``.

    A dialogue without a split gets one from its language and tags (`remid.shifts.assign`). A corpus
    that brings dialogues of a composition shift itself, as the paper's file does, keeps those
    instead. The order of the input makes no difference.

    Parameters
    ----------
    word_rate : share of the words of each context turn that word_level moves, in (0, 1].

    Raises
    ------
    RemidError
        For an unknown split, an id used twice, or a split without dialogues.
    """
    splits: dict[str, list[Dialogue]] = {name: [] for name in ALL_SPLITS}
    seen: set[str] = set()
    for dialogue in assigned(dialogues, seed=seed):
        if dialogue.split not in splits:
            raise RemidError(
                f"dialogue {dialogue.id!r}: split {dialogue.split!r} is unknown; expected one of "
                f"{', '.join(ALL_SPLITS)}."
            )
        if dialogue.id in seen:
            raise RemidError(
                f"dialogue {dialogue.id!r} occurs twice; give every dialogue an id of its own."
            )
        seen.add(dialogue.id)
        splits[dialogue.split].append(dialogue)
    # Built from id_test alone, never from id_train: a parent in training would leak.
    splits[TURN_LEVEL] = splits[TURN_LEVEL] or turn_level(splits[ID_TEST])
    splits[WORD_LEVEL] = splits[WORD_LEVEL] or word_level(
        splits[ID_TEST], rate=word_rate, seed=seed
    )
    splits = {name: own for name, own in splits.items() if own or name not in OPTIONAL}
    _check_filled(splits)
    return {name: _ordered(members, name, seed) for name, members in splits.items()}


def _check_filled(splits: Splits) -> None:
    if empty := [name for name, members in splits.items() if not members]:
        raise RemidError(
            f"no dialogue for the splits {', '.join(empty)}; every split needs some: add dialogues "
            "with that `split` (turn_level needs pairs of id_test dialogues of one persona and "
            "character)."
        )


def _ordered(members: Sequence[Dialogue], name: str, seed: int) -> list[Dialogue]:
    """Shuffle a split; its order depends on the seed, its name and its members alone."""
    # By id first: the permutation then acts on the same list whatever the input's order.
    members = sorted(members, key=lambda dialogue: dialogue.id)
    order = generator(seed, Stream.SPLIT_ORDER, name).permutation(len(members))
    return [members[k] for k in order]
