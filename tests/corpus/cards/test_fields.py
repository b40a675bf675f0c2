"""Fields of cards under the names that tools give them."""

import pytest

from remid.corpus.cards.fields import WrongField, card


def test_v1_and_pygmalion_names_mean_the_same() -> None:
    v1 = card({"name": "M", "description": "kind", "first_mes": "hi", "mes_example": "x"})
    pygmalion = card(
        {"char_name": "M", "char_persona": "kind", "char_greeting": "hi", "example_dialogue": "x"}
    )
    assert (v1.name, v1.description, v1.greeting, v1.examples) == ("M", "kind", "hi", "x")
    assert (pygmalion.name, pygmalion.description, pygmalion.greeting) == ("M", "kind", "hi")


def test_an_empty_field_of_v2_gives_way_to_v1() -> None:
    found = card({"name": "M", "scenario": "at sea", "data": {"name": "M2", "scenario": " "}})
    assert (found.name, found.scenario) == ("M2", "at sea")


def test_everything_else_is_kept_as_tags() -> None:
    found = card({"name": "M", "description": "d", "creator": "A", "tags": ["x"], "empty": ""})
    assert found.tags == {"name": "M", "creator": "A", "tags": '["x"]'}


def test_a_list_of_texts_is_a_text_and_a_number_is_none() -> None:
    assert card({"name": "M", "personality": ["kind", "slow"]}).personality == "kind\nslow"
    with pytest.raises(WrongField) as error:
        card({"name": "M", "personality": 3})
    assert error.value.args == ("personality", "Expected `str`, got `number`")


def test_attributes_as_agnai_writes_them() -> None:
    persona = {"kind": "boostyle", "attributes": {"mood": ["calm", "kind"]}}
    assert card({"name": "M", "persona": persona}).description == "calm\nkind"
