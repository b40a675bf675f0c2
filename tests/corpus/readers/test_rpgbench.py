import pytest
from declared import ALL_SPLITS
from reading import dialogues, lines, samples

from remid.corpus.readers.rpgbench import SUBSETS
from remid.domain.dialogue import Turn

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
    return dialogues(path)


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
    value = {"IDTrain": [SAMPLE], "IDTest": [SAMPLE]}
    for key, tags in SUBSETS.items():
        value[key] = [SAMPLE | {"sample_ID": k, "subset_tag": tag} for k, tag in enumerate(tags)]
    found = read(json_file(value))
    assert tuple(d.split for d in found) == ALL_SPLITS[:13]
    assert [d.language for d in found[2:7]] == ["de", "es", "zh", "ja", "ko"]


def test_a_step_with_query_and_response_is_two_turns(json_file):
    step = {"user_query": "a", "agent_response": "b"}
    sample = SAMPLE | {"dialogue_context": [step, {"user_query": "c"}]}
    (dialogue,) = read(json_file({"IDTest": [sample]}))
    assert [turn.text for turn in dialogue.context] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("character", "text"),
    [("Catherine ", "Catherine"), (["a", "b"], "a\nb"),
     ({"name": "Catherine", "traits": ["dry", "kind"]}, "name: Catherine\ntraits: dry\nkind")],
)  # fmt: skip
def test_a_character_is_text_a_list_or_an_object(json_file, character, text):
    (dialogue,) = read(json_file({"IDTest": [SAMPLE | {"agent_character": character}]}))
    assert dialogue.character == text


def test_rows_alone_tell_their_split_by_id_and_tag(tmp_path):
    rows = [
        SAMPLE | {"sample_ID": "IDTrain_4", "subset_tag": None},
        SAMPLE | {"sample_ID": 5, "subset_tag": "Gaming"},
        SAMPLE | {"sample_ID": 6, "subset_tag": "IDTest"},
        SAMPLE | {"sample_ID": 7, "subset_tag": "other"},
    ]
    found = read(lines(tmp_path / "f.jsonl", *rows))
    assert [(d.id, d.split, d.language) for d in found] == [
        ("IDTrain_4", "id_train", "en"),
        ("5", "character/gaming", "en"),
        ("6", "id_test", "en"),
        ("7", "", "en"),
    ]


def test_nulls_in_a_step_are_keys_that_a_library_filled_in(json_file):
    steps = [{"user_query": "a", "agent_response": None}, {"user_query": None,
             "agent_response": "b"}, {"user_query": "c", "agent_response": None}]  # fmt: skip
    (dialogue,) = read(json_file({"IDTest": [SAMPLE | {"dialogue_context": steps}]}))
    assert [turn.text for turn in dialogue.context] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("key", "change", "refusal", "detail"),
    [
        ("IDTrain", {"dialogue_context": "x"}, "a dialogue_context that is no list", ""),
        ("IDTrain", {"dialogue_context": [{"user": "x"}]}, "a turn that is neither user_query nor "
         "agent_response", "dialogue_context[0]: 'user' is neither"),
        ("OOD1Test", {"subset_tag": "Gaming"}, "a subset_tag that is no shift of its array",
         "subset_tag 'Gaming', not german"),
        ("IDTest", {"agent_golden_response": " "}, "no reply of reference", ""),
        ("IDTest", {"agent_golden_response": None}, "no reply of reference", ""),
    ],
)  # fmt: skip
def test_a_bad_sample_is_refused_with_its_place(json_file, key, change, refusal, detail):
    good, bad = samples(json_file({key: [SAMPLE | {"subset_tag": "german"}, SAMPLE | change]}))
    assert good.dialogue is not None
    assert (bad.where, bad.refusal) == (f"line 1, {key}[1]", refusal)
    assert detail in bad.detail


def test_a_sample_without_a_field_names_it(json_file):
    less = {key: value for key, value in SAMPLE.items() if key != "user_persona"}
    _, bad = samples(json_file({"IDTest": [SAMPLE, less]}))
    assert (bad.refusal, bad.detail) == ("a field is missing", "no field user_persona")
