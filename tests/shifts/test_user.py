"""Which user shift a language makes."""

import pytest

from remid.domain.dialogue import Dialogue, Turn
from remid.shifts.user import user_shift


@pytest.mark.parametrize(
    ("language", "shift"),
    [
        ("de", "user/german"),
        ("zh-Hant-TW", "user/chinese"),
        ("KO", "user/korean"),
        ("en-GB", None),
        ("fr", None),
    ],
)
def test_the_first_part_of_the_tag_decides(language: str, shift: str | None) -> None:
    dialogue = Dialogue("d", "p", "c", (Turn("user", "x"),), "y", language=language)
    assert user_shift(dialogue) == shift
