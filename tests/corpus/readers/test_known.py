"""Names of fields and roles in the files of others."""

import pytest

from remid.corpus.readers import known


@pytest.mark.parametrize(
    ("role", "side"),
    [("Human", "user"), (" user query ", "user"), ("GPT", "character"), ("Authors Note", "note")],
)
def test_roles_in_any_case(role: str, side: str) -> None:
    assert known.side_of(role) == side


def test_an_unknown_role_has_no_side() -> None:
    assert known.side_of("zorp") is None


def test_the_first_field_that_holds_something() -> None:
    value = {"persona": "", "user_profile": [], "personas": ["a", "b"]}
    assert known.first(value, known.PERSONA) == "personas"
    assert known.text_of(value, known.PERSONA) == "a\nb"
    assert known.first({}, known.PERSONA) == ""


def test_ids_are_text_and_true_is_none() -> None:
    assert known.id_of({"id": 7}) == "7" and known.id_of({"id": " a  b "}) == "a b"
    assert known.id_of({"id": True}) == "" and known.id_of({"id": {"a": 1}}) == ""


def test_dotted_fields() -> None:
    assert known.at({"a": {"b": 1}}, "a.b") == 1
    assert known.at({"a.b": 2, "a": {"b": 1}}, "a.b") == 2  # a field may have a dot in its name
    assert known.at({"a": 1}, "a.b") is None


def test_what_is_not_used_is_kept_as_tags() -> None:
    value = {"id": 1, "topic": "sea", "score": 3, "empty": [], "used": "x"}
    assert known.rest(value, {"id", "used"}) == {"topic": "sea", "score": "3"}
