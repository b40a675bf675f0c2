"""Twins that are none, by what is wrong with them."""

from dataclasses import replace

import pytest

from remid.checks.twins import sentences, strangers
from remid.domain.dialogue import TWIN, Dialogue, Turn

ID = Dialogue(
    "id_test/a",
    persona="Nora, a nurse",
    character="Cook, a captain",
    context=(Turn("user", "How?"), Turn("character", "Row past the reef."), Turn("user", "And?")),
    reference="Then wait for the tide to turn. Well.",
)
SOUND = replace(
    ID,
    id="user/german/a",
    persona="Heike, a forester",
    context=(Turn("user", "Wie?"), Turn("character", "Rudern Sie los."), Turn("user", "Und?")),
    reference="Danach warten Sie, bis das Wasser steigt.",
    tags={TWIN: "id_test/a"},
)


def test_a_twin_that_differs_in_its_factor_alone_is_sound() -> None:
    assert strangers([SOUND], "user", [ID]) == {}
    assert strangers([replace(SOUND, tags={})], "user", []) == {}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"tags": {TWIN: "id_test/z"}}, "its twin 'id_test/z' is not in id_test"),
        (
            {"character": "Alice"},
            "another character than its twin id_test/a, and not only the user",
        ),
        (
            {"reference": "Well, then wait for the tide to turn! Then WAIT for the tide to turn?"},
            "shares a sentence with its twin id_test/a: 'then wait for the tide to turn'",
        ),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, object], reason: str) -> None:
    assert strangers([replace(SOUND, **changes)], "user", [ID]) == {"user/german/a": reason}


def test_a_character_twin_keeps_its_user() -> None:
    other = replace(SOUND, persona=ID.persona, character="Alice, a girl")
    assert strangers([other], "character", [ID]) == {}
    assert "another persona" in strangers([SOUND], "character", [ID])["user/german/a"]


def test_set_phrases_are_no_shared_sentences() -> None:
    assert sentences(ID) == {"row past the reef", "then wait for the tide to turn"}
