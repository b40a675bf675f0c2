"""The same share of what references say is scored in every split."""

import pytest

from remid.domain.dialogue import Dialogue, Turn
from remid.domain.errors import RemidError
from remid.replies.length import LEAST, reply_limits


def dialogues(*references: str) -> list[Dialogue]:
    return [Dialogue(str(k), "p", "c", (Turn("user", "u"),), r) for k, r in enumerate(references)]


@pytest.fixture
def chat(tiny_lm):
    return tiny_lm("chatml").chat


def test_it_is_the_share_of_the_median_reference(chat) -> None:
    texts = ["the sea " * 10, "the sea " * 20, "the sea " * 100]
    counts = sorted(len(chat.content(text.strip())) for text in texts)
    found = reply_limits({"id_test": dialogues(*texts)}, chat, 0.5)
    assert found == {"id_test": round(counts[1] / 2)}


def test_a_language_with_longer_references_gets_more_tokens(chat) -> None:
    splits = {
        "id_test": dialogues("the house " * 20),
        "user/korean": dialogues("바다와 오래된 집 " * 20),
    }
    found = reply_limits(splits, chat, 0.5)
    assert found["user/korean"] > 2 * found["id_test"]


def test_all_of_them_have_no_limit_and_short_ones_a_least(chat) -> None:
    assert reply_limits({"a": dialogues("the sea")}, chat, 1.0) == {"a": None}
    assert reply_limits({"a": dialogues("the sea")}, chat, 0.1) == {"a": LEAST}


def test_without_references_it_says_what_to_do(chat) -> None:
    with pytest.raises(RemidError, match="a: no dialogue has a reference .*reply_share to 1"):
        reply_limits({"a": dialogues(" ")}, chat, 0.5)
