"""Where a dialogue came from, and how long it is."""

from dataclasses import replace

from remid.domain.dialogue import CONVERSATION, TWIN, Dialogue, Turn

PLAIN = Dialogue("d", "p", "c", (Turn("user", "a"), Turn("character", "b"), Turn("user", "c")), "r")


def test_user_turns_are_counted() -> None:
    assert PLAIN.turns == 2
    assert replace(PLAIN, context=PLAIN.context[:1]).turns == 1


def test_the_root_is_the_last_parent_then_the_twin_then_itself() -> None:
    twin = replace(PLAIN, tags={TWIN: "t"})
    assert (PLAIN.root, PLAIN.twin) == ("d", "")
    assert (twin.root, twin.twin) == ("t", "t")
    assert replace(twin, parents=("one", "two")).root == "two"


def test_a_dialogue_is_its_own_conversation_unless_it_was_cut_out_of_one() -> None:
    assert PLAIN.conversation == "d"
    assert replace(PLAIN, tags={CONVERSATION: "long"}).conversation == "long"
