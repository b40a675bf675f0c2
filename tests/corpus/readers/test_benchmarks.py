import json

from reading import dialogues, lines, said, samples


def test_charactereval_plays_its_role(tmp_path):
    row = {
        "id": 5, "role": "佟湘玉", "novel_name": "客栈",
        "context": "李大嘴：（进门）掌柜的，灯坏了。\n还有门。\n佟湘玉：那你修一修嘛。\n李大嘴：好。",
    }  # fmt: skip
    path = tmp_path / "test.jsonl"  # the set is an array under the name of JSON Lines
    path.write_text(json.dumps([row, row | {"id": 6, "context": "李大嘴：好。"}]))
    first, second = samples(path)
    d = first.dialogue
    assert (d.id, d.character, d.language) == ("5", "佟湘玉", "zh")
    assert said(d) == ["u:（进门）掌柜的，灯坏了。\n还有门。", "c:那你修一修嘛。"]
    assert second.refusal == "no reply of the character to a user turn"


COSER = {
    "book": "b", "scenario": "Fog.",
    "key_characters": [{"name": "Tamsin", "motivation": "to wait"}],
    "character_profiles": {"Tamsin": "a pilot", "Ola": "a clerk"},
    "dialogues": [
        {"character": "Ola", "message": "[I am late] (waves) Does it run?"},
        {"character": "Tamsin", "message": "[Fool] On patience."},
    ],
}  # fmt: skip


def test_coser_plays_the_last_with_a_profile_and_hides_the_thoughts_of_others(tmp_path):
    (d,) = dialogues(lines(tmp_path / "f.jsonl", COSER))
    assert (d.persona, d.character) == ("a clerk", "Tamsin\na pilot\nto wait\nFog.")
    assert said(d) == ["u:(waves) Does it run?", "c:[Fool] On patience."]
    assert d.tags == {"book": "b"}


def test_several_others_keep_their_names(tmp_path):
    told = [{"character": "Environment", "message": "A bell."}, *COSER["dialogues"]]
    (d,) = dialogues(lines(tmp_path / "f.jsonl", COSER | {"dialogues": told}))
    assert said(d)[0] == "u:Environment: A bell.\nOla: (waves) Does it run?"
    assert d.persona == ""


def test_rolebench_takes_the_first_of_its_replies(tmp_path):
    row = {"role": "Tamsin", "question": "q", "generated": ["a", "b"], "type": "general"}
    (d,) = dialogues(lines(tmp_path / "f.jsonl", row))
    assert (d.character, said(d)) == ("Tamsin", ["u:q", "c:a"])
    assert d.tags == {"type": "general", "generated": '["b"]'}


def test_rpbench_is_a_chat_with_a_profile(tmp_path):
    row = {
        "id": 3, "background": "Play it.",
        "npc_profile": {"name_text": "Tamsin", "description": "a pilot"},
        "conversation": [
            {"from": "npc", "sentences": ["Aboard!"]},
            {"from": "user", "sentences": ["q"]},
            {"from": "npc", "sentences": ["a", "b"]},
        ],
    }  # fmt: skip
    (d,) = dialogues(lines(tmp_path / "f.jsonl", row))
    assert said(d) == ["c:Aboard!", "u:q", "c:a\nb"]
    assert d.character == "name_text: Tamsin\ndescription: a pilot\nPlay it."
