"""Which tokens are copied: runs of bytes in the own dialogue, in any script."""

from dataclasses import replace

import numpy as np
import pytest

from remid.domain.dialogue import Dialogue, Turn
from remid.evaluation.copies import RUN_BYTES, copied_characters, copied_tokens


def marked(text: str, source: str) -> str:
    mask = copied_characters(text, source)
    return "".join(c if m else "." for c, m in zip(text, mask, strict=True))


def test_a_long_run_is_copied_and_what_surrounds_it_is_not() -> None:
    source = "Shall we go down to the old harbour tonight?"
    assert marked("No! To the old harbour tonight? Never.", source) == (
        "..." + " To the old harbour tonight?" + "......."
    )


def test_a_run_shorter_than_the_least_is_not_copied() -> None:
    assert RUN_BYTES == 18
    assert marked("the old harbour", "the old harbour") == "." * 15
    assert marked("the old harbour do", "the old harbour do") == "the old harbour do"


def test_letters_are_compared_in_lower_case_and_places_stay() -> None:
    assert marked("THE OLD HARBOUR İS", "the old harbour İs") == "THE OLD HARBOUR İS"


def test_six_chinese_characters_are_a_run() -> None:
    assert marked("我说明月几时有啊", "明月几时有啊把酒问青天") == "..明月几时有啊"
    assert marked("我说明月几时有", "明月几时有把酒问青天") == "......."


@pytest.mark.parametrize("style", ["chatml", "llama"])
def test_tokens_of_an_echo_are_all_copied_and_of_another_text_none(style, tiny_lm) -> None:
    chat = tiny_lm(style).chat
    turn = "Tell me of the sea, the stars and the old house."
    dialogue = Dialogue("d", "p", "c", (Turn("user", turn),), "r")
    echo = (*chat.content(turn), chat.end_of_turn)
    mask = copied_tokens(chat, echo, dialogue)
    assert mask.shape == (len(echo),) and mask[:-1].all() and not mask[-1]
    other = chat.content("Nobody came back from there, and nobody asked.")
    assert not copied_tokens(chat, other, dialogue).any()
    assert copied_tokens(chat, (), dialogue).size == 0


def test_tokens_inside_a_character_follow_it(tiny_lm) -> None:
    """The tiny tokenizer needs several tokens for a Chinese character."""
    chat = tiny_lm("chatml").chat
    dialogue = Dialogue("d", "p", "c", (Turn("user", "明月几时有啊"),), "r")
    ids = chat.content("明月几时有啊")
    assert len(ids) > 6
    assert copied_tokens(chat, ids, dialogue).all()
    away = replace(dialogue, context=(Turn("user", "把酒问青天"),))
    assert not copied_tokens(chat, ids, away).any()
    assert np.array(copied_tokens(chat, ids[:1], dialogue)).shape == (1,)
