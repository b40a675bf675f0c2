"""The job of a GRPO training of a model under test."""

from dataclasses import replace
from pathlib import Path

import pytest

from remid.domain.errors import RemidError
from remid.roleplay import train
from remid.roleplay.setting import Setting
from remid.training.job import Job


def test_grpo_by_likelihood_needs_the_responder(
    tiny_setting: Setting, jobs: list[Job], tmp_path: Path
) -> None:
    likely = replace(
        tiny_setting, params=tiny_setting.params.model_copy(update={"signal": "likelihood"})
    )
    with pytest.raises(RemidError, match="run the coevolve stage first"):
        train.train(likely, "grpo", tmp_path / "w", tmp_path / "m")
    tiny_setting.responder.mkdir()
    (tiny_setting.responder / "adapter_config.json").write_text("{}")
    train.train(likely, "grpo", tmp_path / "w", tmp_path / "m")
    assert jobs[0].adapters == {"adapter": None, "responder": str(tiny_setting.responder)}
    assert (jobs[0].rollouts, jobs[0].batch) == (2, 4)
