"""Files of human ratings in the shapes that people have them."""

import json
from pathlib import Path
from typing import Any

import pytest

from remid.domain.dialogue import Dialogue, Turn
from remid.domain.errors import RemidError
from remid.studies.agreement.ratings import ONE, THOUGHTS, TWICE, RatedFile, read_ratings
from remid.studies.agreement.row_fields import Fields


@pytest.fixture
def read(tmp_path: Path):
    def read(content: Any, name: str = "f.json", others: Any = None, **fields: Any) -> RatedFile:
        files = []
        for own, value in ((name, content), ("others.json", others)):
            text = value if isinstance(value, str) else json.dumps(value)
            (tmp_path / own).write_text(text)
            files.append(tmp_path / own)
        project = {
            f"id_test/{k}": Dialogue(f"id_test/{k}", "", "c", (Turn("user", "hi"),), "yes")
            for k in (1, 2)
        }
        replies = files[1] if others is not None else None
        return read_ratings(files[0], Fields(**fields), project=project, replies=replies)

    return read


def scores(found: RatedFile) -> dict[tuple[str, str], Any]:
    return {(reply.system, reply.text): reply.scores for reply in found.replies}


def turns(found: RatedFile) -> list[tuple[str, str]]:
    [dialogue] = found.dialogues.values()
    return [(turn.role, turn.text) for turn in dialogue.context]


LONG = {"context": "hello", "system": "A", "reply": "hi"}
OVERALL = {"rating": {"1": 3.0, "2": 4.0}}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ([LONG | {"rating": 3}, LONG | {"rating": 4}], OVERALL),
        ([LONG | {"rating": [3, 4]}], OVERALL),
        ([LONG | {"Rating": "3/5", "Rater ID": "x"}, LONG | {"Rating": "4", "Rater ID": "y"}],
         {"rating": {"x": 3.0, "y": 4.0}}),
        ([LONG | {"ratings": {"fluency": 3, "overall": 4}}],
         {"fluency": {"1": 3.0}, "overall": {"1": 4.0}}),
        ([LONG | {"ratings": {"fluency": [3, 2], "overall": [4, 5]}}],
         {"fluency": {"1": 3.0, "2": 2.0}, "overall": {"1": 4.0, "2": 5.0}}),
        ([LONG | {"ratings": {"annotator_1": {"fluency": 3}, "annotator_2": {"fluency": 4}}}],
         {"fluency": {"1": 3.0, "2": 4.0}}),
        ([LONG | {"scores": {"ann": {"fluency": 3}, "bob": {"fluency": 4}}}],
         {"fluency": {"ann": 3.0, "bob": 4.0}}),
        ([LONG | {"annotations": [{"rater": "x", "score": 3}, {"rater": "y", "score": 4}]}],
         {"rating": {"x": 3.0, "y": 4.0}}),
        ([LONG | {"annotations": [{"worker_id": "x", "fluency": 3, "overall": 1}]}],
         {"fluency": {"x": 3.0}, "overall": {"x": 1.0}}),
        ([LONG | {"annotator1": 3, "annotator2": 4, "turn": 7}], OVERALL),
        ([LONG | {"fluency_rater_1": 3, "fluency_rater_2": 4, "overall_rater_1": 1}],
         {"fluency": {"1": 3.0, "2": 4.0}, "overall": {"1": 1.0}}),
        ([LONG | {"rater_ann": 3, "rater_bob": 4}], {"rating": {"ann": 3.0, "bob": 4.0}}),
        ([LONG | {"Natural": [3, 4], "bleu": 0.3, "index": 9}], {"natural": {"1": 3.0, "2": 4.0}}),
        ([LONG | {"rating": True, "rater": "x"}], {"rating": {"x": 1.0}}),
    ],
)  # fmt: skip
def test_ratings_in_many_shapes(read, content: Any, expected: Any) -> None:
    assert scores(read(content)) == {("A", "hi"): expected}


def test_a_wide_table_has_a_column_for_each_rater(read) -> None:
    table = "id,context,model,response,annotator_1,annotator_2\n1,yo,A,hi,3,4\n2,bye,B,see ya,5,\n"
    assert scores(read(table, "f.csv")) == {
        ("A", "hi"): {"rating": {"1": 3.0, "2": 4.0}},
        ("B", "see ya"): {"rating": {"1": 5.0}},
    }


def test_fields_that_the_user_names(read) -> None:
    row = {"k": "hello", "who": "A", "said": "hi", "note": {"q": 3}, "b": 9, "by": "z"}
    found = read([row], context="k", system="who", reply="said", rating=("note.q",), rater="by")
    assert scores(found) == {("A", "hi"): {"rating": {"z": 3.0}}}
    two = read([row], context="k", system="who", reply="said", rating=("note.q", "b"))
    assert [*scores(two)["A", "hi"]] == ["q", "b"]


def test_replies_of_several_systems_in_one_row(read) -> None:
    nested = {
        "context": "hello\nhow are you\nfine",
        "fact": "I like cats",
        "responses": [
            {"response": "cats!", "model": "A", "Overall": [3, 4]},
            {"response": "dogs", "model": "Original Ground Truth", "Overall": [5, 4]},
        ],
    }
    found = read([nested])
    assert scores(found)["A", "cats!"] == {"overall": {"1": 3.0, "2": 4.0}}
    assert turns(found) == [("user", "hello"), ("character", "how are you"), ("user", "fine")]
    [dialogue] = found.dialogues.values()
    assert dialogue.character == "I like cats" and dialogue.reference == "dogs"
    maps = {"prompt": "hi", "responses": {"A": "yo", "B": "hey"}, "ratings": {"A": 1, "B": 2}}
    assert scores(read([maps])) == {
        ("A", "yo"): {"rating": {"1": 1.0}},
        ("B", "hey"): {"rating": {"1": 2.0}},
    }
    lists = {"prompt": "hi", "replies": ["yo", "hey"], "models": ["A", "B"], "scores": [1, 2]}
    found = read([lists | {"model": ["A", "B"]}])
    assert [given for given in scores(found).values()] == [
        {"rating": {"1": 1.0}},
        {"rating": {"1": 2.0}},
    ]


def test_a_file_that_is_a_map_of_systems(read) -> None:
    row = {"context": "hello", "reply": "hi", "score": 3}
    found = read({"A": [row], "B": [row | {"reply": "yo"}]})
    assert [*scores(found)] == [("A", "hi"), ("B", "yo")]


def test_turns_that_are_rated_each(read) -> None:
    said = [("user", "hi", None), ("bot", "yo", 2), ("user", "what", None), ("bot", "no", 4)]
    dialogue = [
        {"speaker": who, "text": text} | ({"rating": rating} if rating else {})
        for who, text, rating in said
    ]
    found = read([{"id": "c1", "dialogue": dialogue}])
    assert scores(found) == {
        (ONE, "yo"): {"rating": {"1": 2.0}},
        (ONE, "no"): {"rating": {"1": 4.0}},
    }
    # Two contexts of one conversation, which is resampled whole.
    assert {d.conversation for d in found.dialogues.values()} == {"c1"}
    assert [len(d.context) for d in found.dialogues.values()] == [1, 3]


@pytest.mark.parametrize(
    "context",
    [
        "User: hi\nSystem: yo\nUser: why",
        "A: hi\nB: yo\nA: why",
        "hi __eou__ yo __eou__ why",
        "hi|||yo|||why",
        ["hi", "yo", "why"],
        ["User: hi", "Bot: yo", "User: why"],
        [["hi", "yo"], ["why"]],
        [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo"},
         {"role": "user", "content": "why"}],
        [{"speaker": "Ann", "text": "hi"}, {"speaker": "Bob", "text": "yo"},
         {"speaker": "Ann", "text": "why"}],
        [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "yo"},
         {"from": "human", "value": "why"}, {"from": "gpt", "value": "because"}],
    ],
)  # fmt: skip
def test_contexts_in_many_shapes(read, context: Any) -> None:
    found = read([{"context": context, "system": "A", "reply": "because", "rating": 1}])
    assert turns(found) == [("user", "hi"), ("character", "yo"), ("user", "why")]


def test_a_history_with_the_last_turn_apart(read) -> None:
    row = {"history": ["hi", "yo"], "query": "why", "model": "A", "response": "so", "score": 1}
    assert turns(read([row])) == [("user", "hi"), ("character", "yo"), ("user", "why")]


def test_a_system_prompt_is_the_character_and_a_short_name_the_system(read) -> None:
    messages = [{"role": "system", "content": "You are Zed"}, {"role": "user", "content": "hi"}]
    found = read([{"messages": messages, "system": "A", "reply": "yo", "rating": 1}])
    [dialogue] = found.dialogues.values()
    assert dialogue.character == "You are Zed" and [*scores(found)] == [("A", "yo")]


def test_one_context_is_one_dialogue_whatever_the_ids(read) -> None:
    rows = [LONG | {"id": k, "system": s, "rating": 1} for k, s in enumerate("ABC")]
    assert len(read(rows).dialogues) == 1


def test_dialogues_of_the_project_and_a_file_of_replies(read) -> None:
    ratings = [{"id": k, "system": s, "rating": r} for k, s, r in ((1, "A", 3), (2, "B", 4))]
    others = [{"id": k, "model": s, "output": f"{s}{k}"} for k in (1, 2) for s in "AB"]
    found = read(ratings, others=others)
    assert [(r.dialogue, r.text) for r in found.replies] == [
        ("id_test/1", "A1"),
        ("id_test/2", "B2"),
    ]
    assert found.dialogues["id_test/1"].reference == "yes"


def test_a_file_of_replies_may_bring_the_contexts(read) -> None:
    others = [{"item": 0, "uid": "x", "context": "hello", "model": "A", "reply": "hi"},
              {"item": 1, "uid": "y", "context": "bye", "model": "B", "reply": "so"}]  # fmt: skip
    found = read([{"uid": "y", "rating": 3}, {"uid": "x", "rating": 1}], others=others)
    assert scores(found) == {
        ("B", "so"): {"rating": {"1": 3.0}},
        ("A", "hi"): {"rating": {"1": 1.0}},
    }


def test_what_is_mended_is_counted(read) -> None:
    rows = [
        LONG | {"reply": "<think>hm</think>hi", "rating": 1, "rater": "x"},
        LONG | {"rating": 5, "rater": "x"},
        LONG | {"reply": "System: so", "rating": 5, "rater": "x"},
    ]
    found = read(rows)
    assert scores(found)["A", "hi"] == {"rating": {"x": 1.0}}
    assert ("A", "so") in scores(found)
    assert found.odd.notes[THOUGHTS] == 1 and found.odd.notes[TWICE] == 1


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (LONG | {"rating": "good"}, "no rating that is a number"),
        ({"context": "hello", "rating": 3}, "no reply"),
        ({"system": "A", "reply": "hi", "rating": 3}, "neither a context nor the id"),
        (LONG | {"reply": "<think>never ends", "rating": 3}, "an empty reply"),
        (LONG | {"rating": 3, "context": [{"role": "user", "content": "a"},
                                          {"role": "assistant", "content": "b"}]},
         "does not end with a turn of the user"),
    ],
)  # fmt: skip
def test_odd_rows_are_counted_and_too_many_are_one_sentence(read, odd: Any, said: str) -> None:
    good = [LONG | {"system": s, "rating": 3} for s in "ABC"]
    [line] = read([*good, odd]).odd.told
    assert said in line and line.startswith("1 row")
    with pytest.raises(RemidError, match=r"2 of 3 rows give no rated reply; .*--rating-field"):
        read([odd, odd, good[0]])
    with pytest.raises(RemidError, match="--strict"):
        read([*good, odd], strict=True)


def test_what_is_no_file_of_rows_is_one_sentence(read) -> None:
    for content in ("", "hello", "[1, 2]"):
        with pytest.raises(RemidError):
            read(content)
