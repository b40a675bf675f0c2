import pytest

from remid.corpus import formats, jsonl
from remid.corpus.synthetic import HEADER
from remid.domain.errors import RemidError

CONTENTS = {
    "remid": b'{"id": "a", "persona": "", "context": []}\n{}',
    "chat": b'\xef\xbb\xbf{"id": "a", "messages": []}\n',
    "rpgbench": b'{"OOD1Test": [',
    "cards": b'{"spec": "chara_card_v2", "data": {}}',
    "xpersona": b'[\n {"persona": ["',
    "synthetic_persona_chat": ",".join(HEADER).encode() + b"\n",
}


@pytest.mark.parametrize("format", formats.READERS)
def test_each_format_is_detected(tmp_path, format):
    path = tmp_path / "f"
    path.write_bytes(CONTENTS[format])
    assert formats.detect(path) == format


def test_pictures_and_folders_are_cards(tmp_path, png):
    path = tmp_path / "f"
    path.write_bytes(png())
    assert formats.detect(path) == "cards"
    assert formats.detect(tmp_path) == "cards"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"hello", b"[1]", b'{"a": 1}', b"a,b,c\n"])
def test_an_unknown_format_asks_for_its_name(tmp_path, content):
    path = tmp_path / "f"
    path.write_bytes(content)
    with pytest.raises(RemidError, match="its format is not clear.*remid, rpgbench, chat, cards"):
        formats.detect(path)


def test_an_unknown_name_lists_the_known(tmp_path):
    with pytest.raises(RemidError, match="format 'csv' is none of remid, rpgbench"):
        list(formats.read(tmp_path, "csv"))


def test_a_refusal_raises_unless_it_is_taken(tmp_path, json_file):
    path = json_file([{"persona": [], "dialogue": []}])
    with pytest.raises(RemidError, match=r"line 1, \[0\]: no reply of the character"):
        list(formats.read(path, "xpersona"))
    refused = []
    assert list(formats.read(path, "xpersona", on_refusal=refused.append)) == []
    assert [sample.where for sample in refused] == ["line 1, [0]"]


def test_an_id_used_twice_is_refused(tmp_path, json_file):
    sample = {
        "sample_ID": 1,
        "user_persona": "",
        "agent_character": "",
        "dialogue_context": [],
        "agent_golden_response": "",
    }
    with pytest.raises(RemidError, match=r"IDTest\[1\], field id: 'IDTest/1' was already used"):
        list(formats.read(json_file({"IDTest": [sample, sample]}), "rpgbench"))


def test_the_projects_own_files_read_the_same_either_way(tmp_path, dialogue):
    path = tmp_path / "f.jsonl"
    jsonl.write(path, [dialogue])
    assert list(formats.read(path, "remid")) == list(jsonl.read(path)) == [dialogue]
