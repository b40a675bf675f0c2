"""Messages in the shapes that people write them."""

import pytest

from remid.corpus.conversation import Unfit
from remid.corpus.options import Mapping
from remid.corpus.readers.turns import NOT_TEXT, UNKNOWN_ROLE, content_of, is_turns, lines_of

WANTED = [("user", "hi"), ("character", "hello")]


@pytest.mark.parametrize(
    "value",
    [
        [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}],
        [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "hello"}],
        [{"is_user": True, "text": "hi"}, {"is_user": False, "text": "hello"}],
        [{"human": "hi"}, {"bot": "hello"}],
        [["hi", "hello"]],
        {"role": ["user", "assistant"], "content": ["hi", "hello"]},
    ],
)
def test_every_shape_gives_the_same_lines(value: object) -> None:
    assert [(line.side, line.text) for line in lines_of(value)] == WANTED
    assert is_turns(value)


def test_a_mapping_names_fields_and_the_user() -> None:
    value = [{"who": "zorp", "said": "hi"}, {"who": "blip", "said": "hello"}]
    mapping = Mapping(turns="t", role="who", text="said", user=("zorp",))
    assert [(line.side, line.text) for line in lines_of(value, mapping)] == WANTED


def test_unknown_roles_are_refused_with_the_remedy() -> None:
    value = [{"role": role, "content": "x"} for role in ("zorp", "blip", "quux")]
    with pytest.raises(Unfit) as found:
        lines_of(value)
    assert found.value.reason == UNKNOWN_ROLE


def test_parts_of_a_message_are_joined_and_pictures_refused() -> None:
    assert content_of([{"type": "text", "text": "a"}, "b"]) == "a\nb"
    assert content_of(None) == "" and content_of(3) == "3"
    with pytest.raises(Unfit) as found:
        content_of([{"type": "image_url", "image_url": "x"}])
    assert found.value.reason == NOT_TEXT
