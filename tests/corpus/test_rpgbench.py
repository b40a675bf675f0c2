import pytest

from remid.corpus import rpgbench
from remid.domain.dialogue import Turn
from remid.domain.errors import RemidError
from remid.domain.shift import ALL_SPLITS, SHIFTS

SAMPLE = {
    "sample_ID": 7,
    "user_persona": "a nurse ",
    "agent_character": ["Catherine", "Empress"],
    "dialogue_context": [
        {"user_query": " Why five? "},
        {"agent_response": "Nobody wants anything."},
        {"user_query": "And sleep?"},
    ],
    "agent_golden_response": "At ten.",
    "subset_tag": "IDTrain",
    "source": {"year": 2025},
}


def read(path):
    return [sample.dialogue for sample in rpgbench.samples(path)]


def test_a_sample_becomes_a_dialogue_and_loses_nothing(json_file):
    (dialogue,) = read(json_file({"IDTrain": [SAMPLE], "IDTest": []}))
    assert dialogue.id == "IDTrain/7"
    assert (dialogue.persona, dialogue.character) == ("a nurse", "Catherine\nEmpress")
    assert dialogue.context == (
        Turn("user", "Why five?"),
        Turn("character", "Nobody wants anything."),
        Turn("user", "And sleep?"),
    )
    assert (dialogue.reference, dialogue.split, dialogue.turns) == ("At ten.", "id_train", 2)
    assert dialogue.tags == {
        "sample_ID": "7",
        "subset_tag": "IDTrain",
        "source": '{"year": 2025}',
    }


def test_every_split_of_the_paper_has_its_name_here(json_file):
    keys = {"user": "OOD1Test", "character": "OOD2Test", "composition": "OOD3Test"}
    value = {"IDTrain": [SAMPLE], "IDTest": [SAMPLE]}
    for k, shift in enumerate(SHIFTS):
        sample = SAMPLE | {"sample_ID": k, "subset_tag": shift.paper_tag}
        value.setdefault(keys[shift.factor], []).append(sample)
    found = read(json_file(value))
    assert tuple(d.split for d in found) == ALL_SPLITS
    assert [d.language for d in found[2:7]] == ["de", "es", "zh", "ja", "ko"]


def test_a_step_with_query_and_response_is_two_turns(json_file):
    step = {"user_query": "a", "agent_response": "b"}
    sample = SAMPLE | {"dialogue_context": [step, {"user_query": "c"}]}
    (dialogue,) = read(json_file({"IDTest": [sample]}))
    assert [turn.text for turn in dialogue.context] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("key", "change", "message"),
    [
        ("IDTrain", {"user_persona": 3}, r"IDTrain\[0\], field \$.user_persona"),
        ("IDTrain", {"dialogue_context": "x"}, r"field \$.dialogue_context"),
        ("IDTrain", {"dialogue_context": [{"user": "x"}]}, r"dialogue_context\[0\]: 'user'"),
        ("OOD1Test", {"subset_tag": "Gaming"}, "subset_tag: 'Gaming' is none of german"),
        ("Train", {}, "'Train' is none of the splits IDTrain"),
    ],
)
def test_a_bad_sample_is_named_with_its_field(json_file, key, change, message):
    with pytest.raises(RemidError, match=message):
        read(json_file({key: [SAMPLE | change]}))
