import pytest

from remid.replies.thinking import spoken, thoughtful


def test_a_completion_is_taken_apart_as_it_was_put_together() -> None:
    assert spoken(thoughtful("he is\nsad", "Come, sit.")) == ("he is\nsad", "Come, sit.")


@pytest.mark.parametrize(
    ("completion", "thought", "reply"),
    [
        ("<think>\nno end", "no end", ""),
        ("<think>a</think>", "a", ""),
        ("Come, sit.", "", "Come, sit."),
        ("lost its start</think>\nCome.", "lost its start", "Come."),
        ("<think>a</think> b </think> c", "a</think> b", "c"),
    ],
)
def test_odd_completions(completion: str, thought: str, reply: str) -> None:
    assert spoken(completion) == (thought, reply)
