import json
import zlib

import pytest

from remid.corpus import cards
from remid.corpus import png as chunks_of
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


def test_a_card_without_examples_is_a_character_without_a_reference(json_file):
    (d,) = dialogues(json_file(V2, "mira.json"))
    assert (d.id, d.persona, d.reference) == ("mira", "", "")
    assert d.character == "Mira\nMira keeps a lighthouse.\ndry"
    assert d.context == (Turn("character", "Shut the door, User."),)
    assert d.tags == {
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
    (d,) = dialogues(json_file({"name": "Mira", "description": "a keeper"}))
    assert d.character == "Mira\na keeper"
    assert d.context == ()


def test_strings_for_lists_and_nulls_are_taken(json_file):
    data = DATA | {"tags": "sea", "alternate_greetings": "Hm.", "source": "", "personality": None}
    (d,) = dialogues(json_file(V2 | {"data": data}))
    assert (d.tags["tags"], d.tags["alternate_greetings"]) == ('["sea"]', '["Hm."]')
    assert "source" not in d.tags


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (V2 | {"data": DATA | {"name": 3}}, r"field data, field \$.name: Expected `str`"),
        (V2 | {"data": DATA | {"tags": [1]}}, r"field \$.tags\[0\]"),
        (V2 | {"data": DATA | {"name": " "}}, "field name: empty"),
        ({"spec": "chara_card_v2"}, "required field `name`"),
        ([V2], "Expected `object`, got `array`"),
    ],
)
def test_a_bad_card_is_named_with_its_field(json_file, value, message):
    with pytest.raises(RemidError, match=message):
        dialogues(json_file(value))


@pytest.mark.parametrize("kind", ["tEXt", "zTXt", "iTXt"])
def test_a_card_after_the_pixels_of_a_png_is_read(tmp_path, png, text_chunk, kind):
    path = tmp_path / "mira.png"
    path.write_bytes(png(text_chunk("chara", V2, kind)))
    assert dialogues(path)[0].character.startswith("Mira\n")


def test_ccv3_goes_before_chara(tmp_path, png, text_chunk):
    path = tmp_path / "mira.png"
    path.write_bytes(png(text_chunk("chara", V2), text_chunk("ccv3", V3)))
    assert dialogues(path)[0].character.startswith("Mi\n")


def test_a_folder_of_cards_is_read_in_the_order_of_names(tmp_path, png, text_chunk):
    (tmp_path / "b.json").write_text(json.dumps(V2))
    (tmp_path / "a.png").write_bytes(png(text_chunk("chara", V3)))
    (tmp_path / "notes.txt").write_text("no card")
    assert [d.id for d in dialogues(tmp_path)] == ["a.png", "b.json"]


@pytest.mark.parametrize(
    ("chunks", "message"),
    [
        ([], "no text `chara` or `ccv3`"),
        ([(b"tEXt", b"chara\0%%%")], "text chara: not base64"),
        ([(b"tEXt", b"chara\0eyJ")], "text chara: not base64"),
        ([(b"tEXt", b"chara\0e30=")], "required field `name`"),
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
