import csv
import json

import pytest
from reading import dialogues, lines, samples

from remid.corpus import detection, formats, jsonl
from remid.corpus.options import Mapping, Options
from remid.corpus.readers.synthetic import HEADER
from remid.corpus.registry import ALIASES, READERS, named
from remid.corpus.tally import Tally
from remid.domain.errors import RemidError

SAID = {"is_human": True, "name": "Ana"}
TURNS = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
CONTENTS = {
    "remid": {"id": "a", "persona": "", "character": "c", "context": [], "reference": "r"},
    "chat": {"messages": TURNS},
    "rpgbench": {
        "user_persona": "",
        "agent_character": "",
        "dialogue_context": [],
        "agent_golden_response": "",
    },
    "cards": {"spec": "chara_card_v2", "data": {"name": "n"}},
    "xpersona": {"persona": ["a"], "dialogue": [["b", "c"]]},
    "synthetic_persona_chat": dict.fromkeys(HEADER, "x"),
    "prompt_reply": {"prompt": "q", "completion": "a"},
    "messages": {"role": "user", "content": "q"},
    "sillytavern": {"name": "Ana", "is_user": True, "mes": "q"},
    "webui": {"internal": [["q", "a"]], "visible": [["q", "a"]]},
    "agnai": {"name": "Exported", "messages": [{"msg": "q", "userId": "u"}]},
    "risuai": {"type": "risuChat", "data": {"message": [{"role": "user", "data": "q"}]}},
    "characterai": {"histories": {"histories": [{"msgs": [{"src": SAID, "text": "q"}]}]}},
    "koboldai": {"gamestarted": True, "actions": ["a"], "memory": ""},
    "charactereval": {"id": 1, "role": "r", "novel_name": "n", "context": "A: b"},
    "coser": {"dialogues": [], "key_characters": [], "character_profiles": {}, "scenario": ""},
    "rolebench": {"role": "r", "question": "q", "generated": ["a"]},
}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("format", READERS)
def test_each_format_is_detected(json_file, format, indent):
    path = json_file(CONTENTS[format])
    path.write_text(json.dumps(CONTENTS[format], indent=indent))
    assert detection.detect(path, Options()) == detection.Found(format)


@pytest.mark.parametrize("format", [name for name in READERS if name != "cards"])
def test_each_format_is_detected_inside_of_an_object(json_file, format):
    if format == "remid":
        pytest.skip("an object of dialogues is nobody's")
    path = json_file({"version": 1, "data": [CONTENTS[format]] * 2})
    assert detection.detect(path, Options()) == detection.Found(format, nested=True)


def test_every_reader_and_name_is_known():
    assert set(CONTENTS) == set(READERS)
    assert {named(name.upper()) for name in ALIASES} <= set(READERS)


def test_pictures_archives_and_folders_of_cards_are_cards(tmp_path, png):
    path = tmp_path / "f"
    for content in (png(), b"PK\x03\x04"):
        path.write_bytes(content)
        assert detection.detect(path, Options()).format == "cards"
    path.unlink()
    example = "{{user}}: Does it run?\n{{char}}: On patience."
    card = {"spec": "chara_card_v2", "data": {"name": "Tamsin", "mes_example": example}}
    (tmp_path / "a.json").write_text(json.dumps(card))
    (tmp_path / "lore.json").write_text('{"entries": {"0": {"key": ["a"]}}}')
    (tmp_path / "c.png").write_bytes(png())
    tally = Tally()
    found = samples(tmp_path, tally)
    (d,) = [sample.dialogue for sample in found if sample.dialogue]
    assert (d.reference, d.language) == ("On patience.", "en")
    assert [s.where for s in found if s.passed_over] == ["c.png", "lore.json"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": 1}, r"its records have fields a; say where what is with --turns"),
        ([1], "its records have no objects"),
        ({"internal": 3}, r"nearest is webui \(text-generation-webui\); name it with --format"),
        ({"user_persona": "", "agent_character": "", "prompt": "x"},
         r"nearest are rpgbench \(.*\) and prompt_reply"),
        ({"id": 3, "response": "x"}, "it holds replies without what they answer"),
    ],
)  # fmt: skip
def test_an_unclear_format_names_what_is_near(json_file, value, message):
    with pytest.raises(RemidError, match=message) as error:
        detection.detect(json_file(value), Options())
    assert "mend" not in str(error.value)


def test_an_unknown_name_lists_the_known(tmp_path):
    with pytest.raises(RemidError, match="format 'xml' is none of remid, rpgbench"):
        list(formats.read(tmp_path / "f", "xml"))


def test_a_format_under_another_name_and_a_mapping_decide_without_asking(tmp_path):
    path = lines(tmp_path / "f.jsonl", {"log": TURNS, "system": "x"})
    assert detection.detect(path, Options(format="ShareGPT")).format == "chat"
    (d,) = dialogues(path, mapping=Mapping("log"))
    assert d.reference == "a"


def test_a_refusal_raises_unless_it_is_taken(json_file):
    path = json_file([{"persona": [], "dialogue": []}])
    with pytest.raises(RemidError, match=r"line 1, \[0\]: no reply of the character"):
        list(formats.read(path, "xpersona"))
    refused = []
    assert list(formats.read(path, "xpersona", on_refusal=refused.append)) == []
    assert [sample.where for sample in refused] == ["line 1, [0]"]


def test_an_id_used_twice_is_numbered_and_its_conversation_told(tmp_path):
    row = {"id": "c1", "messages": TURNS, "system": "x"}
    tally = Tally()
    first, second = dialogues(lines(tmp_path / "f.jsonl", row, row), tally)
    assert (first.id, second.id) == ("c1", "c1#2")
    assert first.conversation == second.conversation == "c1"
    assert tally.changed["ids numbered, the source repeats them"] == 1


def test_the_projects_own_files_stay_strict(tmp_path, dialogue):
    path = tmp_path / "f.jsonl"
    line = jsonl.encoded(dialogue)
    path.write_bytes(line * 2)
    with pytest.raises(RemidError, match="line 2, field id: 'a' was already used at line 1"):
        list(formats.read(path, "remid"))
    path.write_bytes(line)
    assert list(formats.read(path, "remid")) == list(jsonl.read(path)) == [dialogue]


@pytest.mark.parametrize("container", ["array", "utf-16", "parquet"])
def test_the_projects_own_schema_is_read_in_any_container(tmp_path, dialogue, container):
    import pyarrow
    import pyarrow.parquet

    path = tmp_path / "f"
    value = json.loads(jsonl.encoded(dialogue))
    if container == "parquet":  # which fills in every tag of every row
        rows = [value, value | {"id": "b", "tags": {"other": "x"}}]
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
        assert dialogues(path)[0] == dialogue
        assert dialogues(path)[1].tags == {"other": "x"}
    else:
        text = json.dumps([value]) if container == "array" else json.dumps(value)
        path.write_text(text, encoding="utf-8" if container == "array" else "utf-16")
        assert dialogues(path) == [dialogue]
        path.write_text(json.dumps([value | {"persona": 3}]))
        with pytest.raises(RemidError, match=r"\[0\], field \$.persona: Expected `str`"):
            samples(path)


def test_a_folder_is_read_file_by_file(tmp_path):
    (tmp_path / "b").mkdir()
    lines(tmp_path / "a.jsonl", {"messages": TURNS, "system": "x"})
    with (tmp_path / "b" / "t.csv").open("w") as file:
        csv.writer(file).writerows([("character", "user", "reply"), ("x", "q", "a")])
    (tmp_path / "lore.json").write_text('{"entries": {}}')
    (tmp_path / "card.json").write_text(json.dumps(CONTENTS["cards"]))
    tally = Tally()
    found = [s for s in samples(tmp_path, tally) if s.dialogue]
    assert [(s.where, s.dialogue.id) for s in found] == [
        ("a.jsonl, line 1", "a:1"),
        ("b/t.csv, row 1, which ends on line 2", "b/t:1"),
    ]
    assert tally.passed_over == {
        "of no known format": 1,
        "a card beside chats; --card takes one": 1,
    }
    assert tally.formats == {"chat": 1, "prompt_reply": 1}
