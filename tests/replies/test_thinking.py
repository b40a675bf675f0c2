"""One place that cuts thoughts and markers, whoever wrote a reply."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remid.replies.thinking import spoken, thoughtful

FINAL = "<|channel|>final<|message|>"


def test_a_completion_is_taken_apart_as_it_was_put_together() -> None:
    assert spoken(thoughtful("he is\nsad", "Come, sit.")) == ("he is\nsad", "Come, sit.", "")


@pytest.mark.parametrize(
    ("completion", "thought", "reply"),
    [
        ("<think>\nno end", "no end", ""),
        ("<think>a</think>", "a", ""),
        ("Come, sit.", "", "Come, sit."),
        ("lost its start</think>\nCome.", "lost its start", "Come."),
        ("<think>a</think> b </think> c", "a b", "c"),
        ("<Thinking>a</Thinking>\nc", "a", "c"),
        ("[THINK]a[/THINK]c", "a", "c"),
        ("Come <think>a</think> sit.", "a", "Come  sit."),
        ("Come. <think>no end", "no end", "Come."),
        ("<think>a</think><answer>c</answer>", "a", "c"),
        (
            "<|begin_of_thought|>a<|end_of_thought|><|begin_of_solution|>c<|end_of_solution|>x",
            "a",
            "c",
        ),
        ("<Agent Response>c</Agent Response> and more", "", "c"),
        (
            "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>c",
            "a",
            "c",
        ),
        ("<|channel|>commentary to=x <|constrain|>json<|message|>a<|end|>", "a", ""),
        ("<|channel>thought\na<channel|>c", "a", "c"),
        ("analysisHe asks.assistantfinalCome.", "He asks.", "Come."),
        (
            "I <3 you; 1 < 2 > 0 [THIS] <i>so</i> </3",
            "",
            "I <3 you; 1 < 2 > 0 [THIS] <i>so</i> </3",
        ),
    ],
)
def test_a_thought_is_set_apart(completion: str, thought: str, reply: str) -> None:
    assert spoken(completion) == (thought, reply, "")


@pytest.mark.parametrize(
    ("marker", "before"),
    [
        ("<|im_end|>", "<|im_start|>assistant\n"),
        ("<|eot_id|>", "<|start_header_id|>assistant<|end_header_id|>\n\n"),
        ("<end_of_turn>", "<start_of_turn>model\n"),
        ("</s>", "<s> "),
        ("<|end|>", "<|assistant|>\n"),
        ("<|endoftext|>", ""),
        ("<｜end▁of▁sentence｜>", ""),
        ("<|END_OF_TURN_TOKEN|>", "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>"),
        ("<|return|>", "<|channel|>final<|message|>"),
        ("[INST]", ""),
        ("<eos>", "<bos>"),
        ("<turn|>", ""),
    ],
)
def test_a_marker_ends_the_reply_and_what_follows_is_cut(marker: str, before: str) -> None:
    text = f"{before}Come, sit.{marker}\n<|im_start|>user\nAnd <think>then</think>?"
    found = spoken(text)
    assert (found.thought, found.reply) == ("", "Come, sit.")
    assert found.marker == marker or before.startswith(found.marker)
    assert spoken(f"<think>a {marker} b</think>Come.{marker}").reply == "Come."


def test_nothing_but_a_marker_is_no_reply() -> None:
    assert spoken("<|eot_id|>") == ("", "", "<|eot_id|>")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<>[]◁▷")))
def test_text_without_signs_is_all_reply(text: str) -> None:
    if not text.strip().startswith("analysis"):
        assert spoken(text) == ("", text.strip(), "")


SIGNS = [
    "<think>",
    "</think>",
    "<|im_end|>",
    "<|channel|>final<|message|>",
    "<|start|>",
    "a",
    " b\n",
]


@given(st.lists(st.sampled_from(SIGNS), max_size=12))
def test_no_sign_is_left_in_a_reply(pieces: list[str]) -> None:
    reply = spoken("".join(pieces)).reply
    assert not any(sign in reply for sign in SIGNS[:5])
