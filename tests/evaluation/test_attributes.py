"""Attributes of dialogues."""

import numpy as np

from remid.domain.dialogue import Dialogue, Turn
from remid.evaluation.attributes import dialogue_attributes, reply_attributes, thirds


def dialogue(k: int, turns: int = 1, **more) -> Dialogue:
    said = [
        Turn("user" if t % 2 == 0 else "character", "x" * (k + 1)) for t in range(2 * turns - 1)
    ]
    persona = f"Nora {k}, a formal baker" if k % 2 else f"Nora {k}, a baker"
    return Dialogue(f"d{k}", persona, "a keeper", tuple(said), "yes", **more)


def test_each_dialogue_has_a_value_of_each() -> None:
    own = dialogue_attributes([dialogue(k, 1 + k % 2, language="de") for k in range(24)])
    assert set(own["language"]) == {"de"} and own["character"] == ["a keeper"] * 24
    assert own["user turns"] == ["1", "2"] * 12
    assert own["user text has 'formal'"] == ["", "yes"] * 12
    # "baker" is in all of them, "nora" has four letters: neither divides.
    assert [name for name in own if "text has" in name] == ["user text has 'formal'"]
    assert set(own["turn of the reply"]) == {""}


def test_replies_of_one_conversation_are_numbered_by_their_turn() -> None:
    cut = [dialogue(k, k + 1, tags={"conversation": "c"}) for k in range(3)]
    own = dialogue_attributes([*cut, dialogue(9, tags={"topic": "bread", "twin": "d0"})])
    assert own["turn of the reply"] == ["1", "2", "3", ""]
    assert own["topic"] == ["", "", "", "bread"] and "twin" not in own and "conversation" not in own


def test_long_names_are_shortened() -> None:
    own = dialogue_attributes([Dialogue("d", "p" * 60, "c", (Turn("user", "x"),), "y")])
    assert own["user"] == ["p" * 39 + "…"]


def test_replies_are_told_by_length_and_copying() -> None:
    own = reply_attributes(np.array([1.0, 2, 3, 4, 5, 6]), np.array([0, 0.1, 0.11, 1, 0, 0]))
    assert own["length of the reply"] == ["short", "short", "middle", "middle", "long", "long"]
    assert own["copied"] == ["none", "little", "over 10%", "over 10%", "none", "none"]


def test_lengths_that_are_mostly_one_are_not_halved_by_chance() -> None:
    assert thirds(np.array([5, 5, 5, 5, 9.0])) == ["middle"] * 4 + ["long"]
