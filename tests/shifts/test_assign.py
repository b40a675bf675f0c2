"""Dialogues that name no split get one."""

from remid.domain.dialogue import Dialogue, Turn
from remid.domain.shift import Condition, Declaration
from remid.shifts.assign import assigned as assign

ENGLISH = Declaration(id=Condition(language=("en",)))


def assigned(dialogues: list[Dialogue], *, seed: int) -> list[Dialogue]:
    return assign(dialogues, ENGLISH, seed=seed).dialogues


def plain(k: int, **fields: object) -> Dialogue:
    return Dialogue(f"d{k}", f"p{k}", f"c{k}", (Turn("user", "x"),), "y", **fields)  # type: ignore[arg-type]


def test_a_fifth_of_the_pairs_rounded_up_is_held_out() -> None:
    found = assigned([plain(k) for k in range(11)], seed=1)
    splits = [dialogue.split for dialogue in found]
    assert (splits.count("id_test"), splits.count("id_train")) == (3, 8)  # ceil(0.2 * 11) = 3


def test_another_seed_draws_others_and_another_order_does_not() -> None:
    dialogues = [plain(k) for k in range(20)]

    def held_out(members: list[Dialogue], seed: int) -> set[str]:
        return {d.id for d in assigned(members, seed=seed) if d.split == "id_test"}

    assert held_out(dialogues, 1) == held_out(dialogues[::-1], 1)
    assert held_out(dialogues, 1) != held_out(dialogues, 2)


def test_a_split_that_is_named_stays() -> None:
    (kept,) = assigned([plain(0, split="id_train", language="de")], seed=1)
    assert kept.split == "id_train"


def test_what_was_asked_matched_and_left_out_is_counted() -> None:
    found = assign([plain(0), plain(1, language="fr"), plain(2, split="a/b")], ENGLISH, seed=1)
    assert (found.asked, found.matched) == (2, {"id": 1})
    assert found.left_out == {"in no split (language fr, 1 turns)": 1}
    assert {d.id for d in found.dialogues} == {"d0", "d2"}
