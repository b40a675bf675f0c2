from pathlib import Path

import pytest

from remid.domain.dialogue import Dialogue
from remid.judge import ask
from remid.lm import model
from remid.lm.model import LanguageModel
from remid.lm.runtime import Runtime
from remid.roleplay import rewards


def test_the_reference_is_worth_one_and_an_empty_reply_nothing(
    lm: LanguageModel, dialogues: list[Dialogue]
) -> None:
    replies = [dialogues[0].reference, "zq xq", " "]
    values = rewards.worth(
        Runtime(lm, max_prompt_tokens=2000, token_budget=4096),
        [dialogues[0]] * 3,
        replies,
        signal="judge",
    )
    assert values[0] == pytest.approx(1.0, abs=1e-4)
    assert 0 < values[1] <= 1
    assert values[2] == 0.0


def test_a_local_judge_rates_every_rubric_within_the_scale(
    lm: LanguageModel, dialogues: list[Dialogue]
) -> None:
    ratings = ask.rate(Runtime(lm, token_budget=4096), dialogues[:2], ["Yes.", "No."])
    assert ratings.shape == (2, 3)
    assert ((ratings > 1) & (ratings < 5)).all()


def test_no_reply_at_all_needs_no_model(base: Path) -> None:
    lm = model.load(base, dtype="float32", device="cpu")
    scores = rewards.log_scores(
        Runtime(lm, max_prompt_tokens=9, token_budget=9), [], [], signal="likelihood"
    )
    assert scores.shape == (0,)
