import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remid.domain.dialogue import Dialogue, Turn
from remid.domain.errors import RemidError
from remid.shifts.composition import shuffle_words, turn_level, word_level, words


def dialogue(id, persona="p", character="c", turns=4, language="en"):
    context = [
        Turn(("user", "character")[k % 2], f"{id} turn {k} of some words")
        for k in range(2 * turns - 1)
    ]
    return Dialogue(id, persona, character, tuple(context), f"{id} reply", "id_test", language)


def test_a_pair_of_4_turns_gives_two_dialogues_of_8():
    a, b, other = dialogue("a"), dialogue("b"), dialogue("x", persona="q")
    ab, ba = turn_level([b, other, a])
    assert (ab.id, ba.id) == ("composition/turn_level/a+b", "composition/turn_level/b+a")
    assert ab.context == (*a.context, Turn("character", "a reply"), *b.context)
    assert (ab.reference, ab.turns, ab.parents) == ("b reply", 8, ("a", "b"))
    assert (ba.reference, ba.turns, ba.parents) == ("a reply", 8, ("b", "a"))
    assert {d.split for d in (ab, ba)} == {"composition/turn_level"}
    roles = [turn.role for turn in ab.context]
    assert roles == ["user", "character"] * 7 + ["user"]


def test_more_than_two_are_joined_with_their_neighbours():
    built = turn_level([dialogue(id) for id in "dbca"])
    assert [d.parents for d in built] == [tuple(p) for p in ("ab", "ba", "bc", "cb", "cd", "dc")]


def test_word_level_moves_the_words_of_the_context_alone():
    parent = dialogue("a")
    (built,) = word_level([parent], rate=1.0, seed=3)
    assert (built.id, built.parents) == ("composition/word_level/a", ("a",))
    assert (built.reference, built.persona, built.turns) == ("a reply", "p", 4)
    for turn, origin in zip(built.context, parent.context, strict=True):
        assert turn.role == origin.role
        assert sorted(turn.text.split()) == sorted(origin.text.split())
        moved = zip(turn.text.split(), origin.text.split(), strict=True)
        assert all(word != was for word, was in moved)


def test_what_a_dialogue_becomes_depends_on_the_seed_and_its_id_alone():
    a, b = dialogue("a"), dialogue("b")
    both = word_level([a, b], rate=0.5, seed=3)
    assert word_level([b], rate=0.5, seed=3) == both[1:]
    assert word_level([a], rate=0.5, seed=4) != both[:1]


@pytest.mark.parametrize("rate", [0, -0.1, 1.1])
def test_a_rate_outside_its_range_is_refused(rate):
    with pytest.raises(RemidError, match=r"not in \(0, 1\]"):
        word_level([], rate=rate, seed=0)


@pytest.mark.parametrize(
    ("rate", "moved"),
    [(1.0, 10), (0.5, 5), (0.24, 2), (0.01, 2)],  # round(0.24 * 10) = 2; never fewer than two
)
def test_the_rate_is_the_share_of_words_that_move(rate, moved):
    text = "a b\n c  d e f g h i j"
    shuffled = shuffle_words(text, "en", rate=rate, rng=np.random.default_rng(0))
    pairs = list(zip(text.split(), shuffled.split(), strict=True))
    assert sum(a != b for a, b in pairs) == moved
    assert [c.isspace() for c in shuffled] == [c.isspace() for c in text]


def test_every_cycle_is_as_likely():
    # Three words have two cycles: "b c a" and "c a b".
    rng = np.random.default_rng(1)
    found = Counter(shuffle_words("a b c", "en", rate=1.0, rng=rng) for _ in range(4000))
    assert set(found) == {"b c a", "c a b"}
    assert abs(found["b c a"] - 2000) < 4 * (4000 * 0.25) ** 0.5  # four standard deviations


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Don't stop, now.", "en", ["Don't", "stop,", "now."]),
        ("나는 집에 간다.", "ko", ["나는", "집에", "간다."]),
        ("我用Python写代码。", "zh", ["我", "用", "Python", "写", "代", "码", "。"]),
        ("私はAI 2.0が", "ja", ["私", "は", "AI", "2.0", "が"]),
        ("か\u3099き", "ja-JP", ["か\u3099", "き"]),
        ("漢字 here", "en", ["漢字", "here"]),
    ],
)
def test_words_of_each_language(text, language, expected):
    assert [match[0] for match in words(text, language)] == expected


@given(
    text=st.lists(st.sampled_from([*"ab, \n我は。🙂", "か\u3099"])).map("".join),
    language=st.sampled_from(["en", "zh", "ja", "ko"]),
    rate=st.floats(0.01, 1),
    seed=st.integers(0, 2**32),
)
@settings(deadline=None)
def test_a_shuffle_is_a_permutation_that_keeps_the_spaces(text, language, rate, seed):
    shuffled = shuffle_words(text, language, rate=rate, rng=np.random.default_rng(seed))
    assert Counter(m[0] for m in words(shuffled, language)) == Counter(
        m[0] for m in words(text, language)
    )
    assert re.findall(r"\s+", shuffled) == re.findall(r"\s+", text)
