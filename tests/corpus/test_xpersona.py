import pytest

from remid.corpus import xpersona
from remid.domain.dialogue import Turn
from remid.domain.errors import RemidError

SAMPLE = {
    "persona": ["i bake.", "i surf."],
    "dialogue": [["__SILENCE__", "hey ! "], ["what are you baking ?", "cupcakes"]],
}


def test_an_absent_turn_is_left_out_and_the_persona_is_the_characters(json_file):
    (sample,) = xpersona.samples(json_file([SAMPLE], "En_persona_valid.json"))
    d = sample.dialogue
    assert (d.id, d.persona, d.character) == ("En_persona_valid:0", "", "i bake.\ni surf.")
    assert d.context == (Turn("character", "hey !"), Turn("user", "what are you baking ?"))
    assert (d.reference, d.language) == ("cupcakes", "en")


@pytest.mark.parametrize(("name", "language"), [("Jp_x.json", "ja"), ("other.json", "und")])
def test_the_language_is_read_off_the_name(json_file, name, language):
    (sample,) = xpersona.samples(json_file([SAMPLE], name))
    assert sample.dialogue.language == language


def test_without_a_reply_there_is_no_dialogue(json_file):
    silent = SAMPLE | {"dialogue": [["hello", "__SILENCE__"]]}
    (sample,) = xpersona.samples(json_file([silent]))
    assert sample.refusal == "no reply of the character to a user turn"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"persona": "x"}, r"\[1\], field \$.persona: Expected `array`, got `str`"),
        ({"dialogue": [["a"]]}, r"field \$.dialogue\[0\]"),
        ({"dialogue": [["a", None]]}, r"field \$.dialogue\[0\]\[1\]"),
    ],
)
def test_a_bad_sample_is_named_with_its_field(json_file, change, message):
    with pytest.raises(RemidError, match=message):
        list(xpersona.samples(json_file([SAMPLE, SAMPLE | change])))
