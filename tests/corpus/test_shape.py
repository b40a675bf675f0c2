from collections import Counter

import pytest
from reading import said

from remid.corpus.conversation import Conversation, Line
from remid.corpus.options import Options
from remid.corpus.sample import Profile
from remid.corpus.shape import Shaper


def shaped(told, counts=None, **options):
    counts = counts if counts is not None else Counter()
    return list(Shaper(Options(**options), counts).samples(told, "c", group="c"))


def conversation(*texts, **fields):
    sides = {"u": "user", "c": "character", "n": "note"}
    told = [Line(sides[text[0]], text[2:]) for text in texts]
    return Conversation("line 1", told, character=fields.pop("character", "Tamsin"), **fields)


def test_turns_are_joined_dropped_and_noted_with_their_counts():
    counts = Counter()
    told = conversation(
        "n:She pilots.", "n:It is night.", "u:a\r\n", "u:b", "c: ", "n:[fog]", "c:c", "u:d\u2028e",
        "c:<think>hm</think>\nf", "u:", "u:g",
    )  # fmt: skip
    (sample,) = shaped(told, counts)
    d = sample.dialogue
    assert said(d) == ["u:a\nb", "c:c", "u:d\ne", "c:f"]
    assert d.character == "Tamsin\n\nShe pilots.\n\nIt is night."
    assert d.tags == {"notes": '["[fog]"]', "after": '[{"role": "user", "text": "g"}]'}
    assert +counts == {
        "turns of one side in a row, joined": 1,
        "empty turns, dropped": 2,
        "notes in mid-chat, kept in the tag `notes`": 1,
        "thoughts of the model, cut off": 1,
    }


TALK = conversation("c:0", "u:1", "c:2", "u:3", "c:4", "u:5", "c:6", "u:7")


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ("last", {"c": ["c:0", "u:1", "c:2", "u:3", "c:4", "u:5", "c:6"]}),
        ("every", {"c/1": ["c:0", "u:1", "c:2"], "c/2": ["c:0", "u:1", "c:2", "u:3", "c:4"],
                   "c/3": ["c:0", "u:1", "c:2", "u:3", "c:4", "u:5", "c:6"]}),
        (2, {"c/2": ["c:0", "u:1", "c:2", "u:3", "c:4"],
             "c/3": ["c:0", "u:1", "c:2", "u:3", "c:4", "u:5", "c:6"]}),
        (9, {"c/1": ["c:0", "u:1", "c:2"], "c/2": ["c:0", "u:1", "c:2", "u:3", "c:4"],
             "c/3": ["c:0", "u:1", "c:2", "u:3", "c:4", "u:5", "c:6"]}),
    ],
)  # fmt: skip
def test_the_replies_that_are_asked_for_become_dialogues_of_one_conversation(items, expected):
    found = [sample.dialogue for sample in shaped(TALK, items=items)]
    assert {d.id: said(d) for d in found} == expected
    assert {d.conversation for d in found} == {"c"}
    assert [d for d in found if "after" in d.tags] == found[-1:]


@pytest.mark.parametrize(
    ("fields", "options", "character"),
    [
        ({"character": "A pilot.", "name": "Tamsin"}, {}, "Tamsin\nA pilot."),
        ({"character": "Tamsin pilots.", "name": "Tamsin"}, {}, "Tamsin pilots."),
        ({"character": "", "name": "Tamsin"}, {}, "Tamsin"),
        ({"character": "", "scene": "Fog."}, {}, "Fog."),
        ({"character": "", "name": "Tamsin", "scene": "Fog."}, {"character": "A pilot."},
         "Tamsin\nA pilot.\nFog."),
        ({"character": "", "name": "T"}, {"card": Profile("T", "T, a pilot"), "character": "x"},
         "T, a pilot"),
        ({"character": "A pilot."}, {"card": Profile("T", "T, a clerk")}, "A pilot."),
    ],
)  # fmt: skip
def test_whom_the_model_plays(fields, options, character):
    (sample,) = shaped(conversation("u:a", "c:b", **fields), **options)
    assert sample.dialogue.character == character


def test_a_part_of_another_benchmark_is_no_split_of_this_one():
    (sample,) = shaped(conversation("u:a", "c:b", split="validation"))
    assert (sample.dialogue.split, sample.dialogue.tags) == ("", {"split": "validation"})
    (sample,) = shaped(conversation("u:a", "c:b", split="id_test"))
    assert (sample.dialogue.split, sample.dialogue.tags) == ("id_test", {})


def test_of_several_people_one_is_played_and_the_others_keep_their_names():
    told = [
        Line("user", "1", "Ana"), Line("user", "2", "Ola"), Line("user", "3", "Tamsin"),
        Line("user", "4", "Tamsin"), Line("user", "5", "Ola"),
    ]  # fmt: skip
    people = {"Tamsin": "a pilot", "Ola": "a clerk"}
    counts = Counter()
    talk = Conversation("line 1", told, people=people)
    first, second, third = (s.dialogue for s in shaped(talk, counts, items="every"))
    assert (first.character, first.persona, said(first)) == ("Ola\na clerk", "", ["u:1", "c:2"])
    assert said(second) == ["u:Ana: 1\nOla: 2", "c:3\n4"]
    assert said(third) == ["u:Ana: 1", "c:2", "u:Tamsin: 3\n4", "c:5"]
    assert counts["turns of one side in a row, joined"] == 1


def test_without_a_reply_or_a_character_there_is_no_dialogue():
    (sample,) = shaped(conversation("c:a", "c:b"))
    assert sample.refusal == "no reply of the character to a user turn"
    (sample,) = shaped(conversation("u:a", "c:b", character=""))
    assert sample.refusal == "nothing says whom the model plays"
