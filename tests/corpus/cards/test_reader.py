import base64
import gzip
import json
import zlib

import pytest

from remid.corpus import cards
from remid.corpus import png as chunks_of
from remid.corpus.cards.reader import PROFILE
from remid.corpus.normal import EMPTY, JOINED, SURROGATE
from remid.corpus.sample import Profile
from remid.domain.dialogue import Turn
from remid.domain.errors import RemidError

DATA = {
    "name": "Mira",
    "description": "{{char}} keeps a lighthouse.",
    "personality": "dry",
    "scenario": "",
    "first_mes": "Shut the door, {{user}}.",
    "mes_example": "",
    "tags": ["sea"],
    "character_book": None,
    "extensions": {},
}
V2 = {"spec": "chara_card_v2", "spec_version": "2.0", "data": DATA}
V3 = {
    "spec": "chara_card_v3",
    "spec_version": "3.0",
    "data": DATA | {"nickname": "M", "name": "Mi"},
}
EXAMPLE = """<START>
{{user}}: Is it lonely?
{{char}}: With this sea?
It talks.
{{user}}: And at night?
{{Char}}: Then it sings to {{user}}.
<START>
{{char}}: Only a monologue.
<start>
{{user}}: Again?
{{char}}: Again."""


def dialogues(path):
    return [sample.dialogue for sample in cards.samples(path)]


def test_a_card_without_examples_is_a_profile_and_no_dialogue(json_file):
    path = json_file(V2, "mira.json")
    (sample,) = cards.samples(path)
    assert (sample.dialogue, sample.refusal, sample.passed_over) == (None, PROFILE, True)
    who = cards.played(path)
    assert who.text == "Mira\nMira keeps a lighthouse.\ndry"
    assert (who.name, who.nickname, who.greetings) == ("Mira", "Mira", ("Shut the door, User.",))
    assert who.tags == {
        "name": "Mira",
        "first_mes": "Shut the door, {{user}}.",
        "tags": '["sea"]',
        "spec": "chara_card_v2",
        "spec_version": "2.0",
    }


def test_examples_become_dialogues_and_the_rest_is_kept(json_file):
    card = V3 | {"data": V3["data"] | {"mes_example": EXAMPLE}}
    first, second = dialogues(json_file(card, "mira.json"))
    assert (first.id, second.id) == ("mira:1", "mira:2")
    assert first.context == (
        Turn("user", "Is it lonely?"),
        Turn("character", "With this sea?\nIt talks."),
        Turn("user", "And at night?"),
    )
    assert first.reference == "Then it sings to User."
    assert (second.context, second.reference) == ((Turn("user", "Again?"),), "Again.")
    assert first.tags["nickname"] == "M"
    assert second.tags["mes_example"] == EXAMPLE


def test_a_flat_card_of_version_1_is_read(json_file):
    who = cards.played(json_file({"name": "Mira", "description": "a keeper"}))
    assert (who.text, who.examples) == ("Mira\na keeper", ())


def test_an_empty_turn_is_asked_by_nobody(json_file):
    card = {"name": "Mira", "mes_example": "{{user}}:\n{{char}}: Always."}
    (sample,) = cards.samples(json_file(card))
    assert sample.passed_over and sample.refusal == PROFILE


def test_turns_of_one_side_in_a_row_are_joined_and_counted(json_file):
    text = "{{user}}: a\n{{user}}: b\n{{char}}: c\n{{char}}:\n{{char}}: d"
    (sample,) = cards.samples(json_file({"name": "Mira", "mes_example": text}))
    assert sample.dialogue.context == (Turn("user", "a\nb"),)
    assert sample.dialogue.reference == "c\nd"
    assert sample.notes == {JOINED: 2, EMPTY: 1}


@pytest.mark.parametrize(
    "value",
    [
        {
            "name": "Mira",
            "definition": "{{char}} keeps a light.\nA storm.\n{{random_user_1}}: Late?\n"
            "{{char}}: Always.\nEND_OF_DIALOG",
            "greeting": "Shut the door.",
        },
        {
            "char_name": "Mira",
            "char_persona": "{{char}} keeps a light.",
            "world_scenario": "A storm.",
            "char_greeting": "Shut the door.",
            "example_dialogue": "You: Late?\r\nMira: Always.",
        },
        {
            "name": "Mira",
            "context": "Mira keeps a light.\nA storm.\n\n{{user}}: Late?\n{{char}}: Always.\n",
            "greeting": "Shut the door.",
        },
        {
            "kind": "character",
            "name": "Mira",
            "persona": {"kind": "text", "attributes": {"text": ["{{char}} keeps a light."]}},
            "scenario": "A storm.",
            "greeting": "Shut the door.",
            "sampleChat": "{{user}}: Late?\n{{char}}: Always.",
        },
        {  # both levels, as sites export them: what is empty inside is taken from outside
            "name": "Mira",
            "description": "Mira keeps a light.",
            "scenario": "A ruse.",
            "spec": "chara_card_v2",
            "data": {
                "name": "",
                "description": None,
                "scenario": "A storm.",
                "first_mes": "Shut the door.",
                "mes_example": ["{{user}}: Late?", "{{char}}: Always."],
            },
        },
    ],
)
def test_a_character_is_the_same_whatever_its_fields_are_called(json_file, value):
    who = cards.played(json_file(value))
    assert who.text == "Mira\nMira keeps a light.\nA storm."
    assert who.examples == ((Turn("user", "Late?"), Turn("character", "Always.")),)
    assert who.greetings == ("Shut the door.",)


def test_strings_for_lists_and_nulls_are_taken(json_file):
    data = DATA | {"tags": "sea", "alternate_greetings": "Hm.", "source": "", "personality": None}
    who = cards.played(json_file(V2 | {"data": data | {"extensions": None, "assets": [None, 1]}}))
    assert (who.tags["tags"], who.tags["alternate_greetings"]) == ('["sea"]', '["Hm."]')
    assert "source" not in who.tags


def test_the_nickname_is_what_the_character_is_called(json_file):
    data = V3["data"] | {"nickname": "M", "mes_example": "{{user}}: Who?\nM: {{ CHAR }}, of Mi."}
    path = json_file(V3 | {"data": data})
    (d,) = dialogues(path)
    assert d.character == "Mi\nM keeps a lighthouse.\ndry"
    assert d.reference == "M, of Mi."
    who = cards.played(path)
    assert (who.name, who.nickname) == ("Mi", "M")


def test_draws_are_the_same_in_every_file_of_a_card(tmp_path, json_file):
    data = DATA | {"description": "{{roll:1000000}} {{random:a,b,c,d}} {{pick:x,y}}{{pick:x,y}}"}
    first = cards.played(json_file(V2 | {"data": data}, "a.json"))
    again = cards.played(json_file(V2 | {"data": data}, "b.json"))
    assert first.text == again.text
    _, drawn, _ = first.text.split("\n")
    assert drawn.split()[2] in ("xx", "yy")


def test_what_was_mended_is_counted(tmp_path):
    text = json.dumps(V2 | {"data": DATA | {"description": "a\r\nb \ud83d {{time}}"}})
    assert "\\ud83d" in text
    (tmp_path / "m.json").write_text(text)
    (sample,) = cards.samples(tmp_path / "m.json")
    assert sample.notes == {
        SURROGATE: 1,
        "macro {{time}} left as it is": 1,
    }
    assert cards.played(tmp_path / "m.json").text == "Mira\na\nb □ {{time}}\ndry"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (V2 | {"data": DATA | {"name": 3}}, "the card, field name: Expected `str`, got `number`"),
        (V2 | {"data": DATA | {"scenario": {}}}, "field scenario: Expected `str`, got `object`"),
        (V2 | {"data": DATA | {"name": " "}}, "field name: empty"),
        ({"spec": "chara_card_v2"}, "field name: absent"),
        ({"entries": {"0": {"content": "a"}}}, "a lorebook, which has none of the fields"),
        ({"name": "Mira", "age": 3}, "an object that has none of the fields of a card"),
    ],
)
def test_a_bad_card_is_named_with_its_field(json_file, value, message):
    with pytest.raises(RemidError, match=message):
        dialogues(json_file(value))


@pytest.mark.parametrize("content", ["name: [", "name: Mira\n\tscenario: x", "a: &x 1\nb: *x", "{"])
def test_bad_yaml_and_json_are_one_sentence(tmp_path, content):
    path = tmp_path / "mira.yaml"
    path.write_text(content)
    with pytest.raises(RemidError) as raised:
        dialogues(path)
    assert str(path) in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_yaml_is_text_in_any_encoding(tmp_path, encoding):
    path = tmp_path / "mira.yaml"
    text = "name: Mirä\ncontext: |-\n  Yes.\nexample_dialogue: |-\n  {{user}}: Late?\n  Mirä: No.\n"
    path.write_text(text, encoding=encoding)
    (d,) = dialogues(path)
    assert (d.character, d.reference) == ("Mirä\nYes.", "No.")


def test_yaml_builds_nothing_but_text(tmp_path):
    path = tmp_path / "mira.yaml"
    path.write_text("name: Mira\ndescription: yes\nscenario: !!python/object/apply:os.getcwd []\n")
    assert cards.played(path).text == "Mira\nyes"


def test_a_charx_card_is_read(tmp_path):
    import zipfile

    path = tmp_path / "mira.charx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("card.json", json.dumps(V3))
    assert cards.played(path).name == "Mi"


@pytest.mark.parametrize("kind", ["tEXt", "zTXt", "iTXt"])
@pytest.mark.parametrize("keyword", ["chara", "Chara", "CCV3"])
def test_a_card_after_the_pixels_of_a_png_is_read(tmp_path, png, text_chunk, kind, keyword):
    path = tmp_path / "mira.png"
    path.write_bytes(png(text_chunk(keyword, V2, kind)))
    assert cards.played(path).text.startswith("Mira\n")


def test_base64_is_read_as_tools_write_it(tmp_path, png):
    path = tmp_path / "mira.png"
    plain = json.dumps(V2 | {"data": DATA | {"description": "ö?>ö~~"}}, ensure_ascii=False).encode()
    for text in (
        base64.encodebytes(plain),
        base64.b64encode(plain).rstrip(b"="),
        base64.urlsafe_b64encode(plain),
        base64.b64encode(plain) + b"\0",
        b"data:application/json;base64," + base64.b64encode(plain),
        plain,
    ):
        path.write_bytes(png((b"tEXt", b"chara\0" + text)))
        assert cards.played(path).text == "Mira\nö?>ö~~\ndry"


def test_ccv3_goes_before_chara(tmp_path, png, text_chunk):
    path = tmp_path / "mira.png"
    path.write_bytes(png(text_chunk("chara", V2), text_chunk("ccv3", V3)))
    assert cards.played(path).name == "Mi"


def test_chara_stands_in_for_a_ccv3_that_cannot_be_read(tmp_path, png, text_chunk):
    path = tmp_path / "mira.png"
    path.write_bytes(png((b"tEXt", b"ccv3\0"), text_chunk("chara", V2)))
    who = cards.played(path)
    assert who.name == "Mira" and who.notes == {"text ccv3 cannot be read, chara was": 1}


def test_a_folder_reads_the_cards_and_counts_the_rest(tmp_path, png, text_chunk):
    asked = DATA | {"mes_example": "{{user}}: Late?\n{{char}}: Always."}
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "b.json").write_text(json.dumps(V2 | {"data": asked}))
    (tmp_path / "a.png").write_bytes(png(text_chunk("chara", V3 | {"data": asked})))
    (tmp_path / "c.png").write_bytes(png())
    (tmp_path / "d.json").write_text('{"entries": {"0": {"content": "The lamp."}}}')
    (tmp_path / "e.json").write_text('{"name": "Mira", "first')
    (tmp_path / "f.json").write_text(json.dumps(V2))
    (tmp_path / "g.webp").write_bytes(b"RIFF....WEBP")
    (tmp_path / "notes.txt").write_text("no card")
    found = list(cards.samples(tmp_path))
    assert [(s.where, s.dialogue.id) for s in found if s.dialogue] == [
        ("a.png, example 1", "a.png:1"),
        ("below/b.json, example 1", "below/b.json:1"),
    ]
    passed = {s.where: s.refusal.split(";")[0].split(",")[-1] for s in found if s.passed_over}
    assert sorted(passed) == ["c.png", "d.json", "f.json", "g.webp"]
    (refused,) = [s for s in found if not s.dialogue and not s.passed_over]
    assert refused.where == "e.json" and "\n" not in refused.refusal
    assert str(tmp_path) not in refused.refusal


@pytest.mark.parametrize(
    ("chunks", "message"),
    [
        ([], "no text `chara` or `ccv3`"),
        ([(b"tEXt", b"chara\0%%%")], "text chara: not base64"),
        ([(b"tEXt", b"chara\0eyJ00")], "text chara: not base64"),
        ([(b"tEXt", b"chara\0eyJ")], "text chara.*nterminated string"),
        ([(b"tEXt", b"chara\0e30=")], "none of the fields of a card"),
        ([(b"zTXt", b"chara\0\0junk")], "does not decompress"),
        ([(b"zTXt", b"chara\0\0" + zlib.compress(b"eyJ")[:-3])], "compressed text is cut off"),
    ],
)
def test_a_bad_text_in_a_png_is_refused(tmp_path, png, chunks, message):
    path = tmp_path / "x.png"
    path.write_bytes(png(*chunks))
    with pytest.raises(RemidError, match=message):
        dialogues(path)


def test_a_bomb_is_not_unpacked(tmp_path, png):
    path = tmp_path / "x.png"
    bomb = zlib.compress(b"0" * (64 * 1024 * 1024))
    path.write_bytes(png((b"zTXt", b"chara\0\0" + bomb)))
    with pytest.raises(RemidError, match="a text over 16,777,216 bytes when unpacked"):
        dialogues(path)


def test_a_png_cut_off_anywhere_is_refused(tmp_path, png, text_chunk):
    whole = png(text_chunk("chara", V2))
    path = tmp_path / "x.png"
    for length in range(8, len(whole) - 1, 7):
        path.write_bytes(whole[:length])
        with pytest.raises(RemidError, match="cut off|checksum"):
            dialogues(path)


def test_a_flipped_bit_fails_the_checksum(tmp_path, png, text_chunk):
    whole = bytearray(png(text_chunk("chara", V2)))
    whole[whole.index(b"chara") + 20] ^= 1
    path = tmp_path / "x.png"
    path.write_bytes(whole)
    with pytest.raises(RemidError, match="checksum fails"):
        dialogues(path)


def test_endless_chunks_are_refused(tmp_path, monkeypatch, png):
    monkeypatch.setattr(chunks_of, "MAX_CHUNKS", 5)
    path = tmp_path / "x.png"
    path.write_bytes(png(*[(b"tEXt", b"a\0b")] * 10))
    with pytest.raises(RemidError, match="more than 5 chunks"):
        dialogues(path)


def test_many_cards_in_one_file_are_read_one_by_one(tmp_path):
    asked = V2 | {"data": DATA | {"mes_example": "{{user}}: Late?\n{{char}}: Always."}}
    values = [asked, V2, {"entries": {}}, V2 | {"data": DATA | {"name": 1}}]
    whole, lines = tmp_path / "c.json", tmp_path / "c.jsonl.gz"
    whole.write_text(json.dumps(values, indent=1))
    lines.write_bytes(gzip.compress("\n".join(map(json.dumps, values)).encode()))
    for path in (whole, lines):
        first, *rest = cards.samples(path)
        assert first.dialogue.id == f"{path.stem}/1:1" and first.dialogue.reference == "Always."
        assert [sample.passed_over for sample in rest] == [True, True, False]
        assert rest[2].refusal.endswith("field name: Expected `str`, got `number`; give it as text")


def test_a_table_of_cards_is_read(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text('name,description,mes_example\nMira,a keeper,"You: Late?\nMira: Always."\n')
    (d,) = dialogues(path)
    assert (d.character, d.reference) == ("Mira\na keeper", "Always.")


def test_a_card_says_who_plays_in_a_chat(json_file):
    assert cards.profile(json_file(V3)) == Profile("M", "Mi\nM keeps a lighthouse.\ndry")
