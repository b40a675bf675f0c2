"""All splits of the declaration, constructed from the corpus, deterministic in the seed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.shift import ID_TEST, ID_TRAIN, Declaration
from remid.domain.streams import Stream, generator
from remid.shifts.assign import IN_DISTRIBUTION, Assigned, assigned
from remid.shifts.builders import BUILDERS, Material

Splits = Mapping[str, Sequence[Dialogue]]
"""Name of each split and its dialogues, in the order of the seed."""


@dataclass(frozen=True)
class Built:
    """The splits of a corpus, and what is in none."""

    splits: dict[str, list[Dialogue]]
    """In the order of the declaration."""
    too_small: dict[str, int] = field(default_factory=dict)
    """Shift to its dialogues, where they are fewer than the declared minimum."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Why dialogues are in no split, with how many."""


def build(dialogues: Iterable[Dialogue], declaration: Declaration, *, seed: int) -> Built:
    """Sort the corpus by split and construct the shifts that are built from ``id_test``.

    A dialogue without a split gets one from the conditions of the declaration
    (`remid.shifts.assign`). A corpus that brings dialogues of a built shift itself, as the paper's
    file does, keeps those instead. The order of the input makes no difference.

    Raises
    ------
    RemidError
        For a split that is not declared, an id used twice, a condition that holds for no dialogue
        or for all, a dialogue in distribution and under a shift, and an empty ID.
    """
    given = assigned(dialogues, declaration, seed=seed)
    splits: dict[str, list[Dialogue]] = {name: [] for name in declaration.splits}
    seen: set[str] = set()
    for dialogue in given.dialogues:
        if dialogue.split not in splits:
            raise RemidError(
                f"dialogue {dialogue.id!r}: split {dialogue.split!r} is unknown; declare it in "
                f"`shifts`, or expected one of {', '.join(splits)}."
            )
        if dialogue.id in seen:
            raise RemidError(
                f"dialogue {dialogue.id!r} occurs twice; give every dialogue an id of its own."
            )
        seen.add(dialogue.id)
        splits[dialogue.split].append(dialogue)
    _check_matched(splits, declaration, given)
    # Built from id_test alone, never from id_train: a parent in training would leak.
    plain = [d for name in splits if name not in declaration.built for d in splits[name]]
    material = Material(
        splits[ID_TEST], [d for d in plain if d.split not in (ID_TRAIN, ID_TEST)], seed
    )
    for shift in declaration.shifts:
        if shift.build is not None:
            splits[shift.name] = splits[shift.name] or BUILDERS[shift.build](material, shift)
    # Named rather than measured: an interval of a handful of dialogues says nothing.
    too_small = {
        shift.name: len(splits[shift.name])
        for shift in declaration.shifts
        if len(splits[shift.name]) < declaration.minimum
    }
    return Built(
        {
            name: _ordered(members, name, seed)
            for name, members in splits.items()
            if name not in too_small
        },
        too_small,
        given.left_out,
    )


def _check_matched(splits: Splits, declaration: Declaration, given: Assigned) -> None:
    """Refuse conditions that take no dialogue or every one, and an ID without dialogues."""
    # Before anything is built: what is wrong with a condition is told of the condition.
    empty = [name for name in (ID_TRAIN, ID_TEST) if not splits[name]]
    for shift in declaration.shifts:
        if empty and given.matched[shift.name] == given.asked > 0:
            raise RemidError(
                f"shifts: {shift.name} matches all of the {given.asked} dialogues without a split, "
                "and nothing is left in distribution; narrow its `when`."
            )
    for name in empty:
        found = given.matched[IN_DISTRIBUTION]
        raise RemidError(
            f"no dialogue for the split {name} ({found} of {given.asked} dialogues without a split "
            "fit `shifts.id`); both ID splits need some, of at least two pairs of persona and "
            "character: add dialogues or widen `shifts.id`."
        )
    for shift in declaration.shifts:
        if shift.when is not None and not splits[shift.name] and not given.matched[shift.name]:
            raise RemidError(
                f"shifts: {shift.name} matches no dialogue; correct its `when`, add dialogues with "
                "that `split`, or take the shift out of `shifts.declared`."
            )


def _ordered(members: Sequence[Dialogue], name: str, seed: int) -> list[Dialogue]:
    """Shuffle a split; its order depends on the seed, its name and its members alone."""
    # By id first: the permutation then acts on the same list whatever the input's order.
    members = sorted(members, key=lambda dialogue: dialogue.id)
    order = generator(seed, Stream.SPLIT_ORDER, name).permutation(len(members))
    return [members[k] for k in order]
