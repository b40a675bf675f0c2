from pathlib import Path

import game_package
import numpy as np
import pytest

from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
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


def test_a_reward_of_another_package_stands_beside_the_references(
    lm: LanguageModel,
    dialogues: list[Dialogue],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    game_package.write(tmp_path / "site", "[remid.rewards]\nbrief = remid_game:brief\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    runtime = Runtime(lm, max_prompt_tokens=9, token_budget=9)
    scores = rewards.log_scores(runtime, dialogues[:3], ["a", " ", "a b c"], signal="brief")
    # 1 / (1 + words): log 1/2, log 1/4; an empty reply is worth nothing
    assert np.exp(scores) == pytest.approx([1 / 2, 0, 1 / 4])
    words = len(dialogues[0].reference.split())
    (worth,) = rewards.worth(runtime, dialogues[:1], ["a " * (2 * words + 1)], signal="brief")
    assert worth == pytest.approx((1 + words) / (2 * words + 2))
    with pytest.raises(RemidError, match="'brie' is neither likelihood nor judge nor an entry"):
        rewards.log_scores(runtime, dialogues[:1], ["a"], signal="brie")
    monkeypatch.setattr("remid_game.brief", lambda dialogues, replies: [2.0])
    with pytest.raises(RemidError, match="expected 1 numbers from 0 to 1, got .2.0."):
        rewards.log_scores(runtime, dialogues[:1], ["a"], signal="brief")
