"""Placeholders and descriptions."""

from remid.corpus.conversation import Unfit, described, filled


def test_placeholders_become_names() -> None:
    text = "{{char}} meets {{ User }}; <BOT> greets <USER>."
    assert filled(text, char="Mira", user="Ana") == "Mira meets Ana; Mira greets Ana."


def test_without_a_name_the_characters_stays_and_the_user_is_user() -> None:
    assert filled("{{char}} and {{user}}", char="", user="") == "{{char}} and User"


def test_a_name_with_a_backslash_is_no_template() -> None:
    assert filled("{{char}}", char=r"A\1", user="") == r"A\1"


def test_descriptions_of_any_shape_become_text() -> None:
    assert described(None) == "" and described(" a ") == "a" and described(3) == "3"
    assert described(["a", "", None, "b"]) == "a\nb"
    assert (
        described({"age": 30, "likes": ["tea", "rain"], "none": ""}) == "age: 30\nlikes: tea\nrain"
    )


def test_a_reason_and_what_else_is_known() -> None:
    found = Unfit("holds pictures", "field image")
    assert (found.reason, found.detail) == ("holds pictures", "field image")
