"""Dialogues that name no split get one."""

from remid.domain.dialogue import Dialogue, Turn
from remid.shifts.assign import assigned


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
