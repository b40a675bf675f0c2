"""What a built dialogue must have of its parents."""

from dataclasses import replace

import pytest

from remid.checks.construction import (
    PROOFS,
    Parents,
    deepened,
    mistyped,
    permuted,
    recomposed,
    switched,
    unnamed,
)
from remid.domain.dialogue import Dialogue, Turn
from remid.domain.shift import Shift
from remid.shifts.builders import BUILDERS, Material


def asked(key: str, *said: str) -> Dialogue:
    turns = tuple(Turn(("user", "character")[k % 2], text) for k, text in enumerate(said))
    return Dialogue(key, "p", "c", turns, f"reply {key}")


A, B = asked("a", "one two", "yes", "three"), asked("b", "four five six")
BY_ID = {"a": A, "b": B}
KNOWN = Parents(Shift("composition/x"), BY_ID)
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
    known = replace(KNOWN, id_test=BY_ID | {"a": replace(A, character="other")})
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


LONG = [
    replace(
        asked(f"l{k}", f"first words {k}", "yes", "middle words", "and", "last words here"),
        persona="someone",
    )
    for k in range(3)
]
GERMAN = replace(asked("g", "erstens", "ja", "zweitens"), language="de")
MATERIAL = Material(LONG, [GERMAN], seed=1)
BUILT_BY = {
    "turn_level": Shift("composition/x", build="turn_level"),
    "word_level": Shift("composition/x", build="word_level", rate=0.5),
    "depth": Shift("composition/x", build="depth", turns=5),
    "typos": Shift("composition/x", build="typos", rate=0.5),
    "code_switch": Shift("composition/x", build="code_switch"),
    "no_persona": Shift("composition/x", build="no_persona"),
}


@pytest.mark.parametrize("builder", BUILDERS)
def test_what_a_builder_makes_has_its_proof_and_no_other(builder: str) -> None:
    shift = BUILT_BY[builder]
    given = Parents(shift, {d.id: d for d in LONG}, {"g": GERMAN})
    built = BUILDERS[builder](MATERIAL, shift)
    assert len(built) == (4 if builder == "turn_level" else 3)
    assert {PROOFS[builder][1](d, given) for d in built} == {""}
    for other, (_, proof) in PROOFS.items():
        # Joined dialogues are the last turns of the two as well, of which five are too few.
        if other != builder:
            assert all(proof(d, replace(given, shift=BUILT_BY[other])) for d in built), other
    assert set(PROOFS) == set(BUILDERS) == set(BUILT_BY)


def _proof(builder: str, change: dict, index: int = 1) -> str:
    shift = BUILT_BY[builder]
    given = Parents(shift, {d.id: d for d in LONG}, {"g": GERMAN})
    (_, proof), built = PROOFS[builder], BUILDERS[builder](MATERIAL, shift)[index]
    return proof(replace(built, **change), given)


DEEP = BUILDERS["depth"](MATERIAL, BUILT_BY["depth"])[1]


@pytest.mark.parametrize(
    ("builder", "change", "reason"),
    [
        ("depth", {"context": DEEP.context[2:]}, "context: 4 user turns, expected 5"),
        ("depth", {"parents": ("l1", "l1")}, "parents: two of one conversation"),
        ("depth", {"parents": ("l2", "l1")}, "context: not the last 5 user turns of l2, l1"),
        ("depth", {"parents": ("l2", "l0", "l1")}, "context: not the last 5 user turns of l2"),
        ("depth", {"reference": "x"}, "reference: differs from that of its parent l1"),
        ("typos", {"context": LONG[1].context}, "context[0]: 0 words with a slip, expected 1"),
        (
            "typos",
            {"context": (Turn("user", "fxrst words 1"), *LONG[1].context[1:])},
            "context[0]: 'fxrst' is not one slip away",
        ),
        (
            "typos",
            {"context": (Turn("user", "frist  words 1"), *LONG[1].context[1:])},
            "context[0]: not its parent's words one for one",
        ),
        ("code_switch", {"parents": ("x", "l1")}, "parents: 'x' is no dialogue of another shift"),
        ("code_switch", {"context": LONG[1].context}, "context: 0 turns changed, expected one"),
        (
            "code_switch",
            {"context": (*LONG[1].context[:-1], Turn("user", "erstens"))},
            "context: 1 turns changed, expected one of the user's before the last",
        ),
        (
            "code_switch",
            {"context": (Turn("user", "drittens"), *LONG[1].context[1:])},
            "context[0]: no user turn of g",
        ),
        ("no_persona", {"persona": "someone"}, "persona: not taken away"),
        ("no_persona", {"context": LONG[0].context}, "context: differs from that of its parent l1"),
        ("no_persona", {"character": "x"}, "character: differs from that of its parent l1"),
    ],
)
def test_what_a_builder_did_not_make_is_named(builder: str, change: dict, reason: str) -> None:
    assert _proof(builder, change).startswith(reason)


def test_a_donor_of_the_same_language_is_none() -> None:
    given = Parents(
        BUILT_BY["code_switch"], {d.id: d for d in LONG}, {"g": replace(GERMAN, language="en")}
    )
    built = BUILDERS["code_switch"](MATERIAL, BUILT_BY["code_switch"])[0]
    assert switched(built, given) == "parents: both speak 'en'"
    assert deepened(built, given) == "parents: 'g' is no dialogue of id_test"
    assert mistyped(built, given) == unnamed(built, given) == "parents: 2 named, expected 1"
