from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from remid.domain.dialogue import Dialogue, Turn
from remid.replies.selection import select

ALL = [
    Dialogue(f"id_test/{k}-{part}", f"persona {k}", "c", (Turn("user", "u"),), "y")
    for k in range(20)
    for part in (1, 2)
]


def ids(dialogues: list[Dialogue]) -> set[str]:
    return {dialogue.id for dialogue in dialogues}


def test_chosen_come_in_the_order_of_the_file() -> None:
    chosen = select(ALL, 12, 7)
    assert len(chosen) == 12
    assert [d for d in ALL if d in chosen] == chosen


def test_a_short_split_is_taken_whole() -> None:
    assert select(ALL[:5], 12, 7) == ALL[:5]


def test_another_seed_chooses_otherwise() -> None:
    assert ids(select(ALL, 12, 7)) != ids(select(ALL, 12, 8))


@given(st.permutations(range(len(ALL))))
def test_the_choice_does_not_depend_on_the_order_of_the_file(order: list[int]) -> None:
    assert ids(select([ALL[k] for k in order], 12, 7)) == ids(select(ALL, 12, 7))


def test_dialogues_built_from_chosen_ones_are_chosen() -> None:
    built = [replace(d, id=f"word_level/{d.id}", parents=(d.id,)) for d in reversed(ALL)]
    assert {d.parents[0] for d in select(built, 12, 7)} == ids(select(ALL, 12, 7))


def test_joined_dialogues_share_their_last_parent_with_id_test() -> None:
    pairs = zip(ALL[::2], ALL[1::2], strict=True)
    joined = [
        replace(second, id=f"turn_level/{first.id}+{second.id}", parents=(first.id, second.id))
        for one, other in pairs
        for first, second in ((one, other), (other, one))
    ]
    assert {d.parents[-1] for d in select(joined, 12, 7)} == ids(select(ALL, 12, 7))
