from collections import Counter

import pytest

from remid.corpus.normal import regular


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
