import re
from dataclasses import replace

import numpy as np
import pytest

from remid.domain.dialogue import Dialogue, Turn
from remid.domain.errors import RemidError
from remid.studies.ordering.corruption import GENERIC, KINDS, corrupt


@pytest.fixture
def many(dialogues: list[Dialogue]) -> list[Dialogue]:
    return [replace(d, character=f"character {k // 2}") for k, d in enumerate(dialogues)]


def replies(many: list[Dialogue]) -> dict[str, str]:
    return {d.id: d.reference for d in many}


def corrupted(kind: str, many: list[Dialogue], rate: float):
    rng = np.random.default_rng(5)
    return corrupt(kind, many, replies(many), rate=rate, rng=rng)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("rate", "count"), [(0.0, 0), (0.5, 3), (1.0, 6)])
def test_the_rate_is_the_share_that_is_replaced(
    kind: str, rate: float, count: int, many: list[Dialogue]
) -> None:
    result = corrupted(kind, many, rate)
    changed = {d.id for d in many if result.texts[d.id] != d.reference}
    assert list(result.texts) == [d.id for d in many]
    assert len(result.replaced) == count and changed == result.replaced


@pytest.mark.parametrize("kind", KINDS)
def test_a_higher_rate_only_adds(kind: str, many: list[Dialogue]) -> None:
    low, high = corrupted(kind, many, 0.5), corrupted(kind, many, 1.0)
    assert low.replaced < high.replaced
    assert all(low.texts[key] == high.texts[key] for key in low.replaced)


def test_what_each_kind_does(many: list[Dialogue]) -> None:
    texts = {kind: corrupted(kind, many, 1.0).texts["d1"] for kind in KINDS}
    reference = "Nothing but the old stove, number 1."
    assert sorted(texts["shuffled_words"].split()) == sorted(reference.split())
    assert texts["generic"] in GENERIC
    assert texts["truncated"] == "Nothing but"  # 36 // 4 = 9 characters, to the end of the word
    assert texts["other_dialogue"] == many[0].reference  # the same character's other dialogue
    assert texts["other_character"] in {d.reference for d in many[2:]}


def test_an_echo_is_the_users_last_turn(many: list[Dialogue]) -> None:
    assert corrupted("echo", many, 1.0).texts == {d.id: d.context[-1].text for d in many}


def test_a_salad_has_words_of_its_own_context_and_as_many_as_the_reply(
    many: list[Dialogue],
) -> None:
    texts = corrupted("word_salad", many, 1.0).texts
    for dialogue in many:
        own = " ".join(turn.text for turn in dialogue.context).split()
        assert set(texts[dialogue.id].split()) <= set(own)
        assert len(texts[dialogue.id].split()) == len(dialogue.reference.split())


def test_a_salad_without_spaces_keeps_latin_words_apart() -> None:
    turns = (Turn("user", "海は blue です"),)
    one = Dialogue("j", "", "猫", turns, "はい、blue だ", language="ja")
    rng = np.random.default_rng(0)
    text = corrupt("word_salad", [one], {"j": one.reference}, rate=1.0, rng=rng).texts["j"]
    # The reply has the words は, い, 、, blue, だ: five.
    found = re.findall("blue|[海はです]", text)
    assert len(found) == 5 and "".join(found) == text.replace(" ", "")
    assert "blueblue" not in text


def test_nothing_to_borrow_from_is_said(dialogues: list[Dialogue]) -> None:
    with pytest.raises(RemidError, match="more than one character"):
        corrupted("other_character", dialogues, 1.0)


def test_unknown_kinds_and_rates_are_refused(many: list[Dialogue]) -> None:
    with pytest.raises(RemidError, match="shuffled_words"):
        corrupted("sad", many, 0.5)
    with pytest.raises(RemidError, match=r"outside \[0, 1\]"):
        corrupted("generic", many, 1.5)
