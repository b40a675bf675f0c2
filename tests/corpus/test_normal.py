from collections import Counter

import pytest

from remid.corpus.normal import regular, regular_turns
from remid.domain.dialogue import Turn


@pytest.mark.parametrize(
    ("text", "expected", "replaced"),
    [
        ("a\r\nb\rc\u2028d\u2029e\x85f", "a\nb\nc\nd\ne\nf", 0),
        ("a\ufeffb", "ab", 0),
        ("\ud83d\ude00", "😀", 0),
        ("a\ud83d b\ude00", "a□ b□", 2),
        ("tab\tand zero\u200bwidth 👩🏽‍🔧", "tab\tand zero\u200bwidth 👩🏽‍🔧", 0),
    ],
)
def test_line_ends_and_halves_of_characters(text, expected, replaced):
    counts = Counter()
    assert regular(text, counts) == expected
    assert counts["halves of a character, replaced"] == replaced


def test_turns_alternate_and_hold_something():
    counts = Counter()
    told = [Turn("user", " a\r\n"), Turn("user", "b"), Turn("character", " "), Turn("user", "c")]
    assert regular_turns(told, counts) == [Turn("user", "a\nb\nc")]
    assert +counts == {
        "turns of one side in a row, joined": 2,
        "empty turns, dropped": 1,
    }
