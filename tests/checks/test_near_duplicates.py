"""The prefix filter against all comparisons, and Jaccard by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remid.checks.near_duplicates import Pair, near_duplicates, shingles, spoken
from remid.domain.dialogue import Dialogue, Turn


def _said(text: str, reply: str = "") -> Dialogue:
    return Dialogue("id", "p", "c", (Turn("character", "unheard"), Turn("user", text)), reply)


def test_similarity_by_hand() -> None:
    pair = [_said("abcdef"[:-1], "f"), _said("bcdef", "g")]
    assert len(shingles("abcdef")) == 2
    # "abcde f" and "bcdef g": abcde bcde_ cde_f, and bcdef cdef_ def_g; nothing is shared.
    assert near_duplicates(pair, 0.01) == []
    # "x abcdef" and "y abcdef": x_abc _abcd abcde bcdef, and y_abc _abcd abcde bcdef; 3 of 5.
    (found,) = near_duplicates([_said("x", "abcdef"), _said("y", "abcdef")], 0.6)
    assert (found.first, found.second) == (0, 1)
    assert found.similarity == pytest.approx(3 / 5)
    assert near_duplicates([_said("x", "abcdef"), _said("y", "abcdef")], 0.61) == []
    assert len(shingles("")) == len(shingles("abc")) == 1


def test_what_counts_is_the_user_and_the_reference_without_case_or_spacing() -> None:
    assert spoken(_said("Ｈello  World", "Yes\nno")) == "hello world yes no"


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    threshold=st.sampled_from([0.05, 0.3, 0.5, 0.6, 0.8, 1.0]),
)
def test_no_pair_is_missed(seed: int, threshold: float) -> None:
    rng = np.random.default_rng(seed)
    texts = ["".join(rng.choice(list("abc "), rng.integers(1, 25))) for _ in range(12)]
    texts += [texts[0], texts[1] + "a"]
    dialogues = [_said(text) for text in texts]
    sets = [set(shingles(spoken(d)).tolist()) for d in dialogues]

    def jaccard(i: int, j: int) -> float:
        return len(sets[i] & sets[j]) / len(sets[i] | sets[j])

    expected = [
        Pair(i, j, jaccard(i, j))
        for i in range(len(sets))
        for j in range(i + 1, len(sets))
        if jaccard(i, j) >= threshold
    ]
    assert near_duplicates(dialogues, threshold) == expected


def test_nothing_to_compare() -> None:
    assert near_duplicates([], 0.5) == near_duplicates([_said("alone")], 0.5) == []
