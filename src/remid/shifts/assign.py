"""Splits for dialogues whose source names none, by the conditions of the declaration."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.shift import ID_TEST, ID_TRAIN, Declaration
from remid.domain.streams import Stream, generator
from remid.shifts.conditions import holds

TEST_SHARE = 0.2
"""Share of the persona-character pairs in distribution that are held out for ``id_test``."""
IN_DISTRIBUTION = "id"


@dataclass
class Assigned:
    """Dialogues with a split each, and what became of the others."""

    dialogues: list[Dialogue] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    """Why a dialogue has no split, with how many."""
    matched: Counter[str] = field(default_factory=Counter)
    """Split, or `IN_DISTRIBUTION`, to the dialogues that its condition took."""
    asked: int = 0
    """Dialogues that named no split."""


def assigned(dialogues: Iterable[Dialogue], declaration: Declaration, *, seed: int) -> Assigned:
    """Give every dialogue the split whose condition holds for it; those that have one keep it.

    Of those in distribution whole persona-character pairs are drawn for ``id_test``, so that no
    pair is on both sides. Pairs that share a conversation are drawn together, so that no
    conversation is on both sides either. A dialogue that is in no split, or under two shifts at
    once, is left out and counted: a shift changes one thing.

    Raises
    ------
    RemidError
        For a dialogue that is in distribution and under a shift.
    """
    done = Assigned()
    pairs: dict[tuple[str, str], list[Dialogue]] = defaultdict(list)
    for dialogue in dialogues:
        if dialogue.split:
            done.dialogues.append(dialogue)
            continue
        done.asked += 1
        found = _home(dialogue, declaration, done)
        if found == IN_DISTRIBUTION:
            pairs[dialogue.persona, dialogue.character].append(dialogue)
        elif found:
            done.dialogues.append(replace(dialogue, split=found))
    groups = _sharing_conversations(pairs)
    # Whole pairs on one side: a persona and character met in training would not be a test.
    order = generator(seed, Stream.ID_SPLIT).permutation(len(groups))
    for rank, k in enumerate(order):
        split = ID_TEST if rank < math.ceil(TEST_SHARE * len(groups)) else ID_TRAIN
        done.dialogues += [replace(dialogue, split=split) for dialogue in groups[k]]
    return done


def _home(dialogue: Dialogue, declaration: Declaration, done: Assigned) -> str:
    """Return the one split that a dialogue belongs to, `IN_DISTRIBUTION`, or ''."""
    shifts = [
        shift.name
        for shift in declaration.shifts
        if shift.when is not None and holds(declaration.condition(shift.name), dialogue)
    ]
    inside = not shifts if declaration.id is None else holds(declaration.id, dialogue)
    if inside and shifts:
        raise RemidError(
            f"dialogue {dialogue.id!r}: in distribution by `shifts.id`, and in {shifts[0]} by its "
            "`when`; narrow one of the two conditions, or give the dialogue a `split`."
        )
    # Of two shifts neither could be told from the other's effect.
    found = [*shifts, *([IN_DISTRIBUTION] if inside else [])]
    done.matched.update(found)
    if len(found) == 1:
        return found[0]
    described = f"language {dialogue.language}, {dialogue.turns} turns"
    done.left_out[
        f"in {' and '.join(shifts)} at once" if found else f"in no split ({described})"
    ] += 1
    return ""


def _sharing_conversations(
    pairs: Mapping[tuple[str, str], list[Dialogue]],
) -> list[list[Dialogue]]:
    """Merge pairs that have a conversation in common; in the order of their names."""
    # Sorted, so that the order of the input makes no difference to who is drawn.
    names = sorted(pairs)
    leader = {name: name for name in names}

    def lead(name: tuple[str, str]) -> tuple[str, str]:
        while leader[name] != name:
            leader[name] = leader[leader[name]]  # halves the way for the next who asks
            name = leader[name]
        return name

    first_with: dict[str, tuple[str, str]] = {}
    for name in names:
        for dialogue in pairs[name]:
            earlier = first_with.setdefault(dialogue.conversation, name)
            leader[lead(name)] = lead(earlier)
    groups: dict[tuple[str, str], list[Dialogue]] = defaultdict(list)
    for name in names:
        groups[lead(name)] += pairs[name]
    return list(groups.values())
