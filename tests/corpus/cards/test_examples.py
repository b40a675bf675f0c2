"""Example dialogues and who speaks in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remid.corpus.cards.examples import Speakers, blocks, first_turn
from remid.domain.dialogue import Turn

MIRA = Speakers.of(("Mira Dorn, keeper", "Mi"), "User")
ASK, ANSWER = Turn("user", "Late?"), Turn("character", "Always.")


@pytest.mark.parametrize(
    "text",
    [
        "User: Late?\nMira Dorn, keeper: Always.",
        "user : Late?\nMIRA: Always.",
        "You: Late?\nMi: Always.",
        "  User： Late?\n\nMira：Always.\n",
        "**User:** Late?\n**Mira**: Always.",
        "*You*: Late?\n__Mi:__ Always.",
        "User:\nLate?\nMira:\nAlways.",
        "The lamp is out.\nUser: Late?\nChar: Always.",
        "Ana: Late?\nMira: Always.",
        "User: Late?\nThe keeper: Always.",
        "<START>\nUser: Late?\nMira: Always.",
        "<start>User: Late?\nMira: Always.<START>",
    ],
)
def test_one_exchange_however_it_is_labelled(text: str) -> None:
    assert [turns for turns in blocks(text, MIRA) if turns] == [[ASK, ANSWER]]


@pytest.mark.parametrize(
    "rule", ["<START>", "<start>", "***", "* * *", "---", "=====", "END_OF_DIALOG"]
)
def test_a_rule_parts_examples(rule: str) -> None:
    text = f"User: Late?\nMira: Always.\n{rule}\nUser: Late?\nMira: Always."
    assert blocks(text, MIRA) == [[ASK, ANSWER]] * 2


def test_lines_without_a_label_go_on_with_the_turn() -> None:
    (turns,) = blocks("User: One.\nTwo: three?\nMira: *Mi waits* \nNote: four", MIRA)
    assert turns == [
        Turn("user", "One.\nTwo: three?"),
        Turn("character", "*Mi waits*\nNote: four"),
    ]


def test_an_action_is_no_label() -> None:
    (turns,) = blocks("User: Late?\nMira: Always.\n*Mira: asleep, nearly*", MIRA)
    assert turns == [ASK, Turn("character", "Always.\n*Mira: asleep, nearly*")]


def test_two_unknown_labels_name_nobody() -> None:
    (turns,) = blocks("Ana: Late?\nTom: Well?\nMira: Always.", MIRA)
    assert turns == [ANSWER]


def test_a_character_called_user_is_the_character() -> None:
    own = Speakers.of(("User",), "Guest")
    assert blocks("Guest: Late?\nUser: Always.", own) == [[ASK, ANSWER]]


def test_text_before_the_first_turn_is_found() -> None:
    text = "Mira keeps a lamp.\nIt is old.\n\nUser: Late?\nMira: Always."
    assert text[: first_turn(text, MIRA)].strip() == "Mira keeps a lamp.\nIt is old."
    assert first_turn("only text", MIRA) == len("only text")
    assert first_turn("", MIRA) == 0


LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1).map(
    str.strip
)
SPOKEN = LINE.filter(lambda text: text and not set(text) & set("*_:：<-=~"))


@given(
    exchanges=st.lists(st.tuples(SPOKEN, SPOKEN), min_size=1, max_size=4),
    name=SPOKEN.filter(lambda name: name.casefold() not in {"user", "you", "guest"}),
)
def test_written_turns_come_back(exchanges: list[tuple[str, str]], name: str) -> None:
    name = " ".join(name.split())
    text = "\n".join(f"User: {user}\n{name}: {reply}" for user, reply in exchanges)
    (turns,) = blocks(text, Speakers.of((name,), "User"))
    assert [turn.text for turn in turns] == [text for pair in exchanges for text in pair]
    assert [turn.role for turn in turns] == ["user", "character"] * len(exchanges)
