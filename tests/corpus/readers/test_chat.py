import json

import pytest
from reading import dialogues, lines, said, samples

from remid.corpus.options import Mapping
from remid.domain.dialogue import Turn

SYSTEM = {"role": "system", "content": "You are Catherine."}
USER = {"role": "user", "content": " Why do you rise at five? "}
REPLY = {"role": "assistant", "content": "Nobody wants anything."}


def read(tmp_path, *rows, **options):
    return samples(lines(tmp_path / "log.jsonl", *rows), format="chat", **options)


def one(tmp_path, row, **options):
    (sample,) = read(tmp_path, row, **options)
    assert sample.dialogue is not None, sample
    return sample.dialogue


def test_the_last_reply_is_the_reference_and_the_rest_is_kept(tmp_path):
    line = {
        "messages": [SYSTEM, USER, REPLY, USER | {"name": "nora"}, REPLY, USER],
        "metadata": {"persona": "a nurse", "split": "id_test", "topic": {"a": 1}},
        "model": "m",
    }
    d = one(tmp_path, line)
    assert (d.id, d.persona, d.character) == ("log:1", "a nurse", "You are Catherine.")
    assert d.context == (
        Turn("user", "Why do you rise at five?"),
        Turn("character", "Nobody wants anything."),
        Turn("user", "Why do you rise at five?"),
    )
    assert (d.reference, d.split, d.language) == ("Nobody wants anything.", "id_test", "en")
    assert d.tags == {
        "model": "m",
        "topic": '{"a": 1}',
        "messages[3].name": "nora",
        "after": '[{"role": "user", "text": "Why do you rise at five?"}]',
    }


def test_text_parts_are_joined_and_developer_is_system(tmp_path):
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    developer = SYSTEM | {"role": "developer"}
    row = {"id": "x", "messages": [SYSTEM, developer, USER | {"content": parts}, REPLY]}
    d = one(tmp_path, row)
    assert d.id == "x"
    assert d.character == "You are Catherine.\n\nYou are Catherine."
    assert d.context == (Turn("user", "a\nb"),)


@pytest.mark.parametrize(
    "turns",
    [
        [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}],
        [{"from": "Human", "value": "q"}, {"from": "bot", "value": "a"}],
        [{"speaker": "user", "text": "q"}, {"speaker": "char", "text": "a"}],
        [{"message": "q", "is_human": True}, {"message": "a", "is_human": False}],
        [{"role": "user", "parts": [{"text": "q"}]}, {"role": "model", "parts": ["a"]}],
        [{"from": "user", "sentences": ["q"]}, {"from": "npc", "sentences": ["a"]}],
        [{"author": {"role": "user"}, "content": "q"}, {"author": {"role": "ai"}, "content": "a"}],
        [{"human": "q", "assistant": "a"}],
        [["q", "a"]],
        {"from": ["human", "gpt"], "value": ["q", "a"]},
    ],
)
def test_messages_are_read_under_any_of_their_names(tmp_path, turns):
    d = one(tmp_path, {"conversations": turns, "system": "You are Catherine."})
    assert said(d) == ["u:q", "c:a"]
    assert d.character == "You are Catherine."


@pytest.mark.parametrize(
    "field",
    [
        {"reference": "a"},
        {"ideal": ["a", "b"]},
        {"chosen": {"role": "assistant", "content": "a"}},
        {"completion": [{"role": "assistant", "content": "a"}]},
    ],
)
def test_a_reply_may_stand_in_a_field_of_its_own(tmp_path, field):
    d = one(tmp_path, {"messages": [SYSTEM, USER]} | field)
    assert said(d) == ["u:Why do you rise at five?", "c:a"]


def test_where_the_conversation_ends_with_a_reply_no_field_is_taken_for_one(tmp_path):
    d = one(tmp_path, {"messages": [SYSTEM, USER, REPLY], "answer": "b"})
    assert (d.reference, d.tags) == ("Nobody wants anything.", {"answer": "b"})


def test_what_libraries_fill_in_for_absent_fields_counts_as_absent(tmp_path):
    row = {"id": None, "metadata": None, "tools": "", "persona": None, "lang": None}
    d = one(tmp_path, {"messages": [SYSTEM, USER, REPLY]} | row)
    assert (d.id, d.persona, d.language, d.tags) == ("log:1", "", "en", {})


def test_a_number_is_an_id_and_a_language_may_be_a_name(tmp_path):
    row = {"conversation_id": 7, "conversation": [SYSTEM, USER, REPLY], "language": "German"}
    d = one(tmp_path, row)
    assert (d.id, d.language) == ("7", "de")


def test_a_character_is_put_together_from_what_the_record_says(tmp_path):
    row = {
        "bot_name": "Tamsin",
        "bot_description": "{{char}} pilots a ferry.",
        "bot_definitions": "{{char}}: Aboard, {{random_user_1}}!",
        "scenario": "Fog.",
        "conversation": [
            {"message": "Does it run, {{char}}?", "is_human": True},
            {"message": "On patience, {{user}}.", "is_human": False},
        ],
    }
    d = one(tmp_path, row)
    assert d.character == "Tamsin pilots a ferry.\nTamsin: Aboard, User!\nFog."
    assert said(d) == ["u:Does it run, Tamsin?", "c:On patience, User."]


def test_names_for_roles_are_told_apart_by_the_characters_or_by_what_is_said(tmp_path):
    turns = [{"speaker": "Ana", "text": "q"}, {"speaker": "Tamsin", "text": "a"}]
    named = {"dialogue": turns, "character": {"name": "Tamsin", "job": "pilot"}}
    assert said(one(tmp_path, named)) == ["u:q", "c:a"]
    assert said(one(tmp_path, {"dialogue": turns, "character": "Tamsin"})) == ["u:q", "c:a"]
    (sample,) = read(tmp_path, {"dialogue": turns, "system": "x"})
    assert sample.refusal == "roles that are none of the known; name the user's with --user"
    assert "'Ana', 'Tamsin'" in sample.detail
    user = Mapping("", user=("Ana",))
    assert said(one(tmp_path, {"dialogue": turns, "system": "x"}, mapping=user)) == ["u:q", "c:a"]
    known = [{"role": "user", "content": "q"}, {"role": "Tamsin", "content": "a"}]
    assert said(one(tmp_path, {"messages": known, "system": "x"})) == ["u:q", "c:a"]


def test_a_mapping_says_where_what_is(tmp_path):
    row = {
        "log": {"all": [{"w": "A", "t": "q"}, {"w": "B", "t": "a"}]},
        "meta": {"me": "Ana sails.", "who": ["Tamsin", "pilot"]},
    }
    mapping = Mapping("log.all", role="w", text="t", user=("A",))
    d = one(tmp_path, row, mapping=mapping, persona="meta.me", character="meta.who")
    assert (d.persona, d.character, said(d)) == ("Ana sails.", "Tamsin\npilot", ["u:q", "c:a"])


def test_a_field_that_some_records_lack_is_not_taken_for_the_text_itself(tmp_path):
    told = {"messages": [USER, REPLY], "who": "Tamsin"}
    rows = [told, told | {"me": {"is": "Ana"}}, {"messages": [USER, REPLY]}]
    found = read(tmp_path, *rows, persona="me.is", character="who")
    assert [s.dialogue.persona for s in found[:2]] == ["", "Ana"]
    assert found[2].refusal == "nothing says whom the model plays"


@pytest.mark.parametrize(
    ("row", "refusal"),
    [
        ({"messages": [SYSTEM, USER]}, "no reply of the character to a user turn"),
        ({"messages": [SYSTEM, REPLY]}, "no reply of the character to a user turn"),
        ({"messages": [USER, {"role": "tool", "content": "3"}, REPLY]}, "uses tools"),
        ({"messages": [USER, REPLY | {"content": None, "tool_calls": [{}]}]}, "uses tools"),
        ({"messages": [USER | {"content": [{"type": "image_url"}]}, REPLY]}, "holds contents other "
         "than text"),
        ({"messages": [USER, REPLY]}, "nothing says whom the model plays"),
        ({"messages": [SYSTEM, USER, REPLY], "label": False}, "labelled as undesirable"),
        ({"messages": [SYSTEM, USER, REPLY, USER, {"text": "x"}]}, "a message that is none"),
        ({"messages": [{"text": "x"}]}, "no list of messages"),
        ({"messages": []}, "no list of messages"),
    ],
)  # fmt: skip
def test_what_a_dialogue_cannot_hold_is_refused(tmp_path, row, refusal):
    (sample,) = read(tmp_path, row)
    assert sample.dialogue is None
    assert (sample.where, sample.refusal) == ("line 1", refusal)


def test_what_the_file_does_not_say_may_be_said(tmp_path):
    path = lines(tmp_path / "log.jsonl", {"messages": [USER, REPLY]})
    (d,) = dialogues(path, persona="Ana", character="Tamsin", language="de")
    assert (d.persona, d.character, d.language) == ("Ana", "Tamsin", "de")
    path = lines(tmp_path / "log.jsonl", {"messages": [SYSTEM, USER, REPLY], "persona": "Bo"})
    (d,) = dialogues(path, persona="Ana", character="Tamsin")
    assert (d.persona, d.character) == ("Bo", "You are Catherine.")


def test_a_cell_of_a_table_may_hold_the_messages(tmp_path):
    path = tmp_path / "t.csv"
    turns = json.dumps([SYSTEM, USER, REPLY])
    path.write_text('id,messages\n5,"' + turns.replace('"', '""') + '"\n')
    (d,) = dialogues(path)
    assert (d.id, d.reference) == ("5", "Nobody wants anything.")
    path.write_text('id,messages\n5,"' + str([SYSTEM, USER, REPLY]) + '"\n')
    assert dialogues(path) == [d]
