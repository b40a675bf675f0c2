"""The splits that there are."""

from remid.domain.shift import ALL_SPLITS, BACKGROUNDS, OPTIONAL, SHIFTS, TEST_SPLITS


def test_the_papers_eleven_shifts_and_the_users_in_english() -> None:
    tagged = [shift for shift in SHIFTS if shift.paper_tag]
    assert len(tagged) == 11
    assert {shift.factor for shift in tagged} == {"user", "character", "composition"}
    assert [shift.name for shift in BACKGROUNDS] == [
        f"background/{name}" for name in ("german", "spanish", "chinese", "japanese", "korean")
    ]
    assert {shift.language for shift in BACKGROUNDS} == {"en"}
    assert {shift.name for shift in BACKGROUNDS} == OPTIONAL


def test_names_are_of_one_kind_each() -> None:
    assert len(set(ALL_SPLITS)) == len(ALL_SPLITS) == 2 + len(SHIFTS)
    assert ALL_SPLITS[0] == "id_train" and TEST_SPLITS[0] == "id_test"
    assert all(shift.name.split("/")[0] == shift.factor for shift in SHIFTS)
    assert SHIFTS[0].metric == "user.german"
