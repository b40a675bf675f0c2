"""What reaches a trainer."""

import numpy as np
import pytest

from remid.coevolve.phases import split_held_out
from remid.domain.dialogue import Dialogue, Turn
from remid.domain.errors import RemidError


def dialogue(k: int) -> Dialogue:
    return Dialogue(f"d{k}", "p", "c", (Turn("user", "u"),), "r")


def test_held_out_dialogues_are_apart_from_training_and_nothing_is_lost() -> None:
    everything = [dialogue(k) for k in range(20)]
    train, held = split_held_out(everything, held_out=5, rng=np.random.default_rng(1))
    assert len(held) == 5
    assert {d.id for d in train} | {d.id for d in held} == {d.id for d in everything}
    assert not {d.id for d in train} & {d.id for d in held}


def test_too_few_dialogues_are_refused_before_any_training() -> None:
    with pytest.raises(RemidError, match="id_train holds 3 dialogues and coevolve.held_out is 5"):
        split_held_out([dialogue(k) for k in range(3)], held_out=5, rng=np.random.default_rng(1))
