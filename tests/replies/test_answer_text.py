"""Answers as interfaces and harnesses pack them."""

from typing import Any

import pytest

from remid.replies.answer_text import AnswerText, NoText, answer_text


def chat(message: Any, finish: str = "stop") -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": message, "finish_reason": finish}]}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Yes.", AnswerText("Yes.")),
        (["Yes."], AnswerText("Yes.")),
        (["Yes.", "No."], AnswerText("Yes.", several=True)),
        ([["Yes.", "No."]], AnswerText("Yes.", several=True)),
        (chat({"role": "assistant", "content": "Yes."}), AnswerText("Yes.")),
        (chat({"content": "Yes."}, "length"), AnswerText("Yes.", finished=False)),
        (
            chat({"content": "Yes.", "reasoning_content": "He asks."}),
            AnswerText("Yes.", "He asks."),
        ),
        (chat({"content": None, "reasoning": "He"}), AnswerText("", "He", finished=False)),
        ({"status_code": 200, "body": chat({"content": "Yes."})}, AnswerText("Yes.")),
        ({"choices": [{"text": "Yes."}, {"text": "No."}]}, AnswerText("Yes.", several=True)),
        ({"choices": [{"index": 0, "turns": ["First.", "Yes."]}]}, AnswerText("Yes.")),
        (
            {"output": [
                {"type": "reasoning", "summary": [], "text": "He asks."},
                {"type": "message", "content": [{"type": "output_text", "text": "Yes."}]},
            ]},
            AnswerText("Yes.", "He asks."),
        ),
        (
            {"type": "succeeded", "message": {"type": "message", "content": [
                {"type": "thinking", "thinking": "He asks."},
                {"type": "text", "text": "Ye"}, {"type": "text", "text": "s."},
            ]}},
            AnswerText("Yes.", "He asks."),
        ),
        (
            {"candidates": [{"content": {"parts": [{"text": "Ye"}, {"text": "s."}]}}]},
            AnswerText("Yes."),
        ),
        (
            [{"role": "system", "content": "x"}, {"role": "assistant", "content": "Yes."}],
            AnswerText("Yes."),
        ),
        ([{"generated_text": "Yes."}], AnswerText("Yes.")),
        ({"model_response": "Yes.", "policy_name": "sft"}, AnswerText("Yes.")),
    ],
)  # fmt: skip
def test_the_text_is_found(value: Any, found: AnswerText) -> None:
    assert answer_text(value) == found


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "field response: empty"),
        (3.5, "field response: not text but a number"),
        (True, "not text but a truth value"),
        ([], "field response: an empty list"),
        ({"a": 1}, "field response: an object without a text"),
        ([[-3.5, False]], "not text but a number"),
        ({"status_code": 429, "body": {}}, "the request failed .status 429."),
        ({"error": {"message": "too\nlong"}}, "the request failed .too long."),
        ({"type": "expired"}, "the request expired"),
    ],
)
def test_why_there_is_none(value: Any, said: str) -> None:
    with pytest.raises(NoText, match=said) as raised:
        answer_text(value, "response")
    assert "\n" not in str(raised.value)


def test_endless_nesting_ends() -> None:
    value: Any = "Yes."
    for _ in range(50):
        value = [value]
    with pytest.raises(NoText, match="nested too deeply"):
        answer_text(value)
