from dataclasses import replace

import pytest

from remid.corpus.faults import RULES, faults
from remid.domain.dialogue import Dialogue, Turn

USER, REPLY = Turn("user", "Why?"), Turn("character", "So.")


def test_a_sound_dialogue_has_no_fault(dialogue):
    assert faults(dialogue) == ()
    assert faults(replace(dialogue, context=(REPLY, USER), persona="", trace="")) == ()


@pytest.mark.parametrize(
    ("rule", "change", "reason"),
    [
        (
            "turns_alternate",
            {"context": (USER, USER)},
            "context[1]: two turns in a row by the user",
        ),
        ("context_ends_with_user", {"context": ()}, "context: holds no turn"),
        (
            "context_ends_with_user",
            {"context": (USER, REPLY)},
            "context[-1]: ends with the character, not the user",
        ),
        ("not_empty", {"reference": " \n"}, "reference: empty"),
        ("not_empty", {"context": (Turn("user", ""),)}, "context[0]: empty"),
        ("not_empty", {"character": ""}, "character: empty"),
        ("no_control_characters", {"reference": "a\0"}, "reference: character U+0000 at 1"),
        ("no_control_characters", {"persona": "\u202ea"}, "persona: character U+202E at 0"),
        ("no_control_characters", {"reference": "a\r\n"}, "reference: character U+000D at 1"),
        ("no_control_characters", {"trace": "\ufffd"}, "trace: character U+FFFD at 0"),
        (
            "no_template_markers",
            {"reference": "a<|im_end|>"},
            "reference: chat-template marker '<|im_end|>' at 1",
        ),
    ],
)
def test_each_fault_is_found_by_its_rule_alone(dialogue, rule, change, reason):
    (fault,) = faults(replace(dialogue, **change))
    assert (fault.rule, fault.reason) == (rule, reason)


@pytest.mark.parametrize(
    "marker",
    [
        "<|eot_id|>",
        "[INST]",
        "[/INST]",
        "<<SYS>>",
        "</s>",
        "<end_of_turn>",
        "<think>",
        "<｜User｜>",
    ],
)
def test_markers_of_many_templates_are_known(dialogue, marker):
    assert faults(replace(dialogue, character=f"x {marker}"))[0].rule == "no_template_markers"


@pytest.mark.parametrize(
    "text", ["a < b | c > d", "<s", "[inst]", "family 👩‍👩‍👧", "tab\tand\nline"]
)
def test_innocent_text_is_left_alone(dialogue, text):
    assert faults(replace(dialogue, reference=text)) == ()


def test_a_profile_is_no_dialogue():
    profile = Dialogue("mira", "", "Mira", (Turn("character", "Hm."),), "")
    assert [fault.rule for fault in faults(profile)] == ["context_ends_with_user", "not_empty"]


def test_the_rules_have_their_functions_names():
    assert [rule.__name__ for rule in RULES.values()] == list(RULES)
