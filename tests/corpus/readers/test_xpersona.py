import pytest
from reading import samples

from remid.domain.dialogue import Turn

SAMPLE = {
    "persona": ["i bake.", "i surf."],
    "dialogue": [["__SILENCE__", "hey ! "], ["what are you baking ?", "cupcakes"]],
}


def test_an_absent_turn_is_left_out_and_the_persona_is_the_characters(json_file):
    (sample,) = samples(json_file([SAMPLE], "En_persona_valid.json"))
    d = sample.dialogue
    assert (d.id, d.persona, d.character) == ("En_persona_valid:1", "", "i bake.\ni surf.")
    assert d.context == (Turn("character", "hey !"), Turn("user", "what are you baking ?"))
    assert (d.reference, d.language) == ("cupcakes", "en")


@pytest.mark.parametrize(("name", "language"), [("Jp_x.json", "ja"), ("other.json", "en")])
def test_the_language_is_read_off_the_name_or_the_text(json_file, name, language):
    (sample,) = samples(json_file([SAMPLE], name))
    assert sample.dialogue.language == language


def test_without_a_reply_there_is_no_dialogue(json_file):
    silent = SAMPLE | {"dialogue": [["hello", "__SILENCE__"]]}
    (sample,) = samples(json_file([silent]))
    assert sample.refusal == "no reply of the character to a user turn"


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"persona": "x"}, "nothing of XPersona in it"),
        ({"dialogue": [["a"]]}, "no persona and pairs of turns"),
        ({"dialogue": [["a", None]]}, "a turn that is no text"),
    ],
)
def test_a_bad_sample_is_refused_with_its_place(json_file, change, refusal):
    _, bad = samples(json_file([SAMPLE, SAMPLE | change]))
    assert (bad.where, bad.refusal) == ("line 1, [1]", refusal)
