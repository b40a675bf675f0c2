"""Combinations of values that no training can have."""

import pytest
import tiny_project
from pydantic import ValidationError

from remid.params import ROSTER


def test_the_whole_roster_may_be_trained() -> None:
    params = tiny_project.params(train={"models": list(ROSTER)})
    assert params.train.models == ROSTER
    assert len(ROSTER) == 8


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"train": {"models": ["base", "gpro"]}}, "did you mean 'grpo'?"),
        ({"train": {"models": ["sft", "sft"]}}, "a model is named twice"),
        ({"train": {"models": []}}, "at least 1 item"),
        ({"coevolve": {"reasoner": {"rollouts": 1}}}, "greater than or equal to 2"),
        ({"deepspeed": {"stage": 4}}, "0, 1, 2 or 3"),
    ],
)
def test_what_cannot_be_is_refused(over: dict, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        tiny_project.params(**over)
    assert said in str(caught.value)
