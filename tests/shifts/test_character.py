"""Which character shift a tag makes."""

import pytest

from remid.domain.dialogue import Dialogue, Turn
from remid.domain.errors import RemidError
from remid.shifts.character import TAG, character_shift


def of_kind(**tags: str) -> Dialogue:
    return Dialogue("d", "p", "c", (Turn("user", "x"),), "y", tags=tags)


def test_a_tag_names_a_shift_and_none_a_real_person() -> None:
    assert character_shift(of_kind(**{TAG: "theater"})) == "character/theater"
    assert character_shift(of_kind(topic="theater")) is None


def test_an_unknown_kind_is_one_sentence() -> None:
    with pytest.raises(RemidError, match="'opera' is none of literature, film_tv, theater, gaming"):
        character_shift(of_kind(**{TAG: "opera"}))
