"""Splits for dialogues whose source names none."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.shift import ID_TEST, ID_TRAIN
from remid.domain.streams import Stream, generator
from remid.shifts.character import character_shift
from remid.shifts.user import user_shift

TEST_SHARE = 0.2
"""Share of the persona-character pairs in distribution that are held out for ``id_test``."""


def assigned(dialogues: Iterable[Dialogue], *, seed: int) -> list[Dialogue]:
    """Give every dialogue a split; those that have one keep it.

    A user's language makes it a user shift, a tag about the character a character shift. What is
    left, English and with real characters, is in distribution: whole persona-character pairs are
    drawn for ``id_test``, so that no pair is on both sides. Pairs that share a conversation are
    drawn together, so that no conversation is on both sides either.

    Raises
    ------
    RemidError
        For a dialogue that changes two factors at once, or a language that no split has.
    """
    done: list[Dialogue] = []
    pairs: dict[tuple[str, str], list[Dialogue]] = defaultdict(list)
    for dialogue in dialogues:
        if split := dialogue.split or _shift(dialogue):
            done.append(dialogue if dialogue.split else replace(dialogue, split=split))
        else:
            pairs[dialogue.persona, dialogue.character].append(dialogue)
    groups = _sharing_conversations(pairs)
    # Whole pairs on one side: a persona and character met in training would not be a test.
    order = generator(seed, Stream.ID_SPLIT).permutation(len(groups))
    for rank, k in enumerate(order):
        split = ID_TEST if rank < math.ceil(TEST_SHARE * len(groups)) else ID_TRAIN
        done += [replace(dialogue, split=split) for dialogue in groups[k]]
    return done


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


def _shift(dialogue: Dialogue) -> str | None:
    user, character = user_shift(dialogue), character_shift(dialogue)
    if user and character:
        raise RemidError(
            f"dialogue {dialogue.id!r}: changes user ({user}) and character ({character}) at once, "
            "but a shift changes one; set its `split` or take it out."
        )
    if not user and dialogue.language.split("-")[0].lower() != "en":
        raise RemidError(
            f"dialogue {dialogue.id!r}: no split is for language {dialogue.language!r}; set its "
            "`language` or its `split`, or take it out."
        )
    return user or character
