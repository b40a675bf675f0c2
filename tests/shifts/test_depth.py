"""Chats of a given depth, made of dialogues whose every turn names itself."""

import pytest

from remid.domain.dialogue import CONVERSATION, Dialogue, Turn
from remid.shifts.depth import depth, told


def chat(id: str, turns: int, persona: str = "p", conversation: str = "") -> Dialogue:
    said = [Turn(role, f"{id}{k}{role[0]}") for k in range(turns) for role in ("user", "character")]
    tags = {CONVERSATION: conversation} if conversation else {}
    return Dialogue(id, persona, "c", tuple(said[:-1]), f"{id}!", "id_test", tags=tags)  # type: ignore[arg-type]


def texts(dialogue: Dialogue) -> str:
    return " ".join(turn.text for turn in dialogue.context)


def test_the_last_five_turns_of_what_was_said() -> None:
    a, b = chat("a", 4), chat("b", 4)
    first, second = depth([b, a], name="x/five", turns=5)
    assert (first.id, first.parents) == ("x/five/b+a", ("b", "a"))
    assert texts(first) == "b3u b! a0u a0c a1u a1c a2u a2c a3u"
    assert texts(second) == "a3u a! b0u b0c b1u b1c b2u b2c b3u"
    assert (first.reference, first.root, first.turns, first.split) == ("a!", "a", 5, "x/five")


@pytest.mark.parametrize(("turns", "built"), [(3, 3), (4, 0), (12, 3), (13, 0)])
def test_as_deep_as_the_chats_together(turns: int, built: int) -> None:
    found = depth([chat(id, 4) for id in "abc"], name="x/y", turns=turns)
    assert [d.turns for d in found] == [turns] * built
    if turns == 12:
        # those before it by id, the first after the last
        assert [d.parents for d in found] == [tuple("bca"), tuple("cab"), tuple("abc")]


def test_replies_of_one_conversation_and_other_users_are_not_told_after_each_other() -> None:
    one, two = (chat(id, 4, conversation="v") for id in "ab")
    assert depth([one, two, chat("c", 4, persona="q")], name="x/y", turns=5) == []


def test_a_chat_that_is_longer_is_cut() -> None:
    (found,) = depth([chat("a", 60)], name="x/fifty", turns=50)
    assert found.context == chat("a", 60).context[20:]
    assert told([chat("a", 2)], 1) == (Turn("user", "a1u"),)
