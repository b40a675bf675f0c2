"""Splits for dialogues whose source names none."""

import math
from collections import defaultdict
from collections.abc import Iterable
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
    drawn for ``id_test``, so that no pair is on both sides.

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
    order = generator(seed, Stream.ID_SPLIT).permutation(len(pairs))
    names = sorted(pairs)
    for rank, k in enumerate(order):
        split = ID_TEST if rank < math.ceil(TEST_SHARE * len(pairs)) else ID_TRAIN
        done += [replace(dialogue, split=split) for dialogue in pairs[names[k]]]
    return done


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
