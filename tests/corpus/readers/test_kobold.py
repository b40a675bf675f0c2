import pytest
from reading import dialogues, said, samples

SETTINGS = {"chatname": "Ana", "chatopponent": "Tamsin"}
STORY = {"gamestarted": True, "prompt": "", "memory": "Tamsin pilots a ferry.", "worldinfo": []}


@pytest.mark.parametrize(
    ("prompt", "actions", "settings", "expected"),
    [
        ("", ["\n{{[INPUT]}}\nq\n{{[OUTPUT]}}\n", "a"], SETTINGS, ["u:q", "c:a"]),
        ("", ["\n### Instruction:\nq\n### Response:\n", "a"],
         SETTINGS | {"instruct_starttag": "\\n### Instruction:\\n",
                     "instruct_endtag": "\\n### Response:\\n"}, ["u:q", "c:a"]),
        ("", ["\nAna: q", "\nTamsin:", " a"], SETTINGS, ["u:q", "c:a"]),
        ("The quay.", ["\n\n> ask her\n\n", "a"], {}, ["c:The quay.", "u:ask her", "c:a"]),
    ],
)  # fmt: skip
def test_who_writes_is_told_by_the_marks_of_the_mode(
    json_file, prompt, actions, settings, expected
):
    value = STORY | {"prompt": prompt, "actions": actions, "savedsettings": settings}
    (d,) = dialogues(json_file(value))
    assert (said(d), d.character) == (expected, "Tamsin pilots a ferry.")


def test_in_chat_mode_the_opening_tells_the_scene(json_file):
    value = STORY | {"prompt": "Fog.\nAna: q", "actions": ["\nTamsin: a"]}
    (d,) = dialogues(json_file(value | {"savedsettings": SETTINGS}))
    assert d.character == "Tamsin pilots a ferry.\n\nFog."


def test_a_story_is_no_dialogue(json_file):
    (sample,) = samples(json_file(STORY | {"prompt": "Once.", "actions": ["Then."]}))
    assert sample.refusal == "a story that nobody tells to anybody"
