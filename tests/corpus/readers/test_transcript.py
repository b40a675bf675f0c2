"""Conversations written as one text."""

from remid.corpus.conversation import Line
from remid.corpus.readers import transcript


def test_lines_without_a_name_go_on_with_the_turn() -> None:
    found = transcript.lines_of("Ana: hi\nhow are you?\nBo：fine")
    assert [(line.name, line.text) for line in found] == [
        ("Ana", "hi\nhow are you?"),
        ("Bo", "fine"),
    ]


def test_with_names_known_another_colon_is_only_a_colon() -> None:
    found = transcript.lines_of("Ana: hi\nNote: bring a coat", frozenset({"ana"}))
    assert [line.text for line in found] == ["hi\nNote: bring a coat"]


def test_what_comes_before_the_first_name_is_nobodys() -> None:
    assert [line.text for line in transcript.lines_of("once\nAna: hi")] == ["hi"]


def test_turns_of_roles_on_one_line_are_parted() -> None:
    text = "### Human: hi ### Assistant: hello ### Human: bye"
    assert transcript.is_of_roles(text)
    assert transcript.sided(text) == [
        Line("user", "hi"),
        Line("character", "hello"),
        Line("user", "bye"),
    ]


def test_a_text_without_both_roles_is_none_of_them() -> None:
    assert not transcript.is_of_roles("Human: alone") and not transcript.is_of_roles(None)
