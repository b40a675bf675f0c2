"""What a built dialogue must have of its parents."""

from dataclasses import replace

import pytest

from remid.checks.construction import permuted, recomposed
from remid.domain.dialogue import Dialogue, Turn


def asked(key: str, *said: str) -> Dialogue:
    turns = tuple(Turn(("user", "character")[k % 2], text) for k, text in enumerate(said))
    return Dialogue(key, "p", "c", turns, f"reply {key}")


A, B = asked("a", "one two", "yes", "three"), asked("b", "four five six")
KNOWN = {"a": A, "b": B}
JOINED = replace(
    B, id="x", parents=("a", "b"), context=(*A.context, Turn("character", "reply a"), *B.context)
)
SHUFFLED = replace(A, id="y", parents=("a",), context=(Turn("user", "two one"), *A.context[1:]))


def test_what_was_built_as_it_should_be() -> None:
    assert recomposed(JOINED, KNOWN) == ""
    assert permuted(SHUFFLED, KNOWN) == ""


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"parents": ("a",)}, "parents: 1 named, expected 2"),
        ({"parents": ("a", "z")}, "parents: 'z' is no dialogue of id_test"),
        ({"context": B.context}, "context: not that of a, its reference, then that of b"),
        ({"reference": "reply a"}, "reference: differs from that of its parent b"),
    ],
)
def test_a_joined_dialogue_that_is_none(change: dict, reason: str) -> None:
    assert recomposed(replace(JOINED, **change), KNOWN) == reason


def test_parents_of_two_characters() -> None:
    known = KNOWN | {"a": replace(A, character="other")}
    assert recomposed(JOINED, known) == "parents: not of one persona and character"


@pytest.mark.parametrize(
    ("context", "reason"),
    [
        (A.context[:1], "context: 1 turns, its parent 3"),
        (
            (Turn("user", "two two"), *A.context[1:]),
            "context[0]: not its parent's words in another order (first of them 'one')",
        ),
        (
            (Turn("character", "two one"), *A.context[1:]),
            "context[0]: spoken by the character, in its parent by the user",
        ),
        (A.context, "context: in the order of its parent, nothing was shuffled"),
    ],
)
def test_a_shuffled_dialogue_that_is_none(context: tuple[Turn, ...], reason: str) -> None:
    assert permuted(replace(SHUFFLED, context=context), KNOWN) == reason
