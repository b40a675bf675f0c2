import pytest
from reading import dialogues, lines, said, samples

SYSTEM = {"role": "system", "content": "You are Tamsin."}
USER = {"role": "user", "content": "q"}
REPLY = {"role": "assistant", "content": "a"}
NO = {"role": "assistant", "content": "no"}


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": [SYSTEM, USER], "completion": [REPLY]},
        {"prompt": [SYSTEM, USER], "chosen": [REPLY], "rejected": [NO]},
        {"chosen": [SYSTEM, USER, REPLY], "rejected": [SYSTEM, USER, NO]},
        {"prompt": "q", "chosen": [SYSTEM, USER, REPLY], "rejected": [SYSTEM, USER, NO]},
        {"system": "You are Tamsin.", "prompt": "q", "completion": "a"},
        {"system": "You are Tamsin.", "instruction": "q", "input": "", "output": "a"},
        {"system_prompt": "You are Tamsin.", "question": "q", "response": "a"},
        {"character": "You are Tamsin.", "user": "q", "reply": "a"},
        {"character": "You are Tamsin.", "user": "q", "assistant": "a"},
        {"system": "You are Tamsin.", "chosen": "\n\nHuman: q\n\nAssistant: a", "rejected": "x"},
        {"system": "You are Tamsin.", "text": "### Human: q### Assistant: a"},
    ],
)
def test_a_prompt_and_a_reply_under_any_of_their_names(tmp_path, row):
    (d,) = dialogues(lines(tmp_path / "f.jsonl", row))
    assert (said(d)[-2:], d.character, d.id) == (["u:q", "c:a"], "You are Tamsin.", "f:1")


def test_alpaca_with_input_and_history(tmp_path):
    row = {
        "instruction": "Answer her.",
        "input": "Does it run?",
        "output": "On patience.",
        "system": "You are Tamsin.",
        "history": [["Hello", "Aboard!"], ["Fog?", "Always."]],
        "topic": "ferry",
    }
    (d,) = dialogues(lines(tmp_path / "f.jsonl", row))
    assert said(d) == [
        "u:Hello", "c:Aboard!", "u:Fog?", "c:Always.", "u:Answer her.\nDoes it run?",
        "c:On patience.",
    ]  # fmt: skip
    assert d.tags == {"topic": "ferry"}


def test_a_table_of_exchanges(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,persona,character,user,reply\n9,Ana,Tamsin,q,a\n10,,Tamsin,q,\n")
    first, second = samples(path)
    d = first.dialogue
    assert (d.id, d.persona, d.character, said(d)) == ("9", "Ana", "Tamsin", ["u:q", "c:a"])
    assert second.refusal == "no field that holds a reply"


def test_the_rejected_reply_is_kept_as_a_tag(tmp_path):
    row = {"prompt": [SYSTEM, USER], "chosen": "a", "rejected": "no", "score": 2}
    (d,) = dialogues(lines(tmp_path / "f.jsonl", row))
    assert d.tags == {"rejected": "no", "score": "2"}
