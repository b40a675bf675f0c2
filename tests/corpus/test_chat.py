import json

import pytest

from remid.corpus import chat
from remid.domain.dialogue import Turn
from remid.domain.errors import RemidError

SYSTEM = {"role": "system", "content": "You are Catherine."}
USER = {"role": "user", "content": " Why five? "}
REPLY = {"role": "assistant", "content": "Nobody wants anything."}


def read(tmp_path, *lines):
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return list(chat.samples(path))


def test_the_last_reply_is_the_reference_and_the_rest_is_kept(tmp_path):
    line = {
        "messages": [SYSTEM, USER, REPLY, USER | {"name": "nora"}, REPLY, USER],
        "metadata": {"persona": "a nurse", "split": "id_test", "topic": {"a": 1}},
        "model": "m",
    }
    (sample,) = read(tmp_path, line)
    d = sample.dialogue
    assert (d.id, d.persona, d.character) == ("log:1", "a nurse", "You are Catherine.")
    assert d.context == (
        Turn("user", "Why five?"),
        Turn("character", "Nobody wants anything."),
        Turn("user", "Why five?"),
    )
    assert (d.reference, d.split) == ("Nobody wants anything.", "id_test")
    assert d.tags == {
        "model": "m",
        "topic": '{"a": 1}',
        "messages[3].name": "nora",
        "after": '[{"role": "user", "text": "Why five?"}]',
    }


def test_text_parts_are_joined_and_developer_is_system(tmp_path):
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    line = {
        "id": "x",
        "messages": [SYSTEM, SYSTEM | {"role": "developer"}, USER | {"content": parts}, REPLY],
    }
    (sample,) = read(tmp_path, line)
    assert sample.dialogue.id == "x"
    assert sample.dialogue.character == "You are Catherine.\n\nYou are Catherine."
    assert sample.dialogue.context == (Turn("user", "a\nb"),)


@pytest.mark.parametrize(
    ("messages", "refusal"),
    [
        ([SYSTEM, USER], "no reply of the character to a user turn"),
        ([SYSTEM, REPLY], "no reply of the character to a user turn"),
        ([USER, {"role": "tool", "content": "3"}, REPLY], "uses tools"),
        ([USER, REPLY | {"content": None, "tool_calls": [{}]}, REPLY], "uses tools"),
        ([USER | {"content": [{"type": "image_url"}]}, REPLY], "holds contents other than text"),
    ],
)
def test_what_a_dialogue_cannot_hold_is_refused(tmp_path, messages, refusal):
    (sample,) = read(tmp_path, {"messages": messages})
    assert sample.dialogue is None
    assert (sample.where, sample.refusal) == ("line 1", refusal)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"messages": [{"role": "bot", "content": ""}]}, r"field messages\[0\].role: 'bot'"),
        ({"messages": [{"role": 1}]}, r"field \$.messages\[0\].role: Expected `str`, got `int`"),
        ({"messages": "x"}, r"field \$.messages"),
        ({"message": []}, "required field `messages`"),
        ({"messages": [USER, REPLY], "metadata": {"persona": 1}}, r"field \$.metadata.persona"),
        ({"messages": [USER | {"content": [{"type": "text"}]}]}, "a text part without `text`"),
    ],
)
def test_a_bad_line_is_named_with_its_field(tmp_path, line, message):
    with pytest.raises(RemidError, match=f"log.jsonl, line 2.*{message}"):
        read(tmp_path, {"messages": [USER, REPLY]}, line)
