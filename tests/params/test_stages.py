"""Values of the stages that go together, or do not."""

import pytest
import tiny_project
from pydantic import ValidationError


def test_an_interval_needs_resamples_beyond_its_ends() -> None:
    # 2 / (1 - level): 200 leave one resample beyond either end of a 99% interval.
    assert tiny_project.params(evaluate={"level": 0.99, "resamples": 201}).evaluate.level == 0.99
    with pytest.raises(ValidationError, match="level 0.99 needs at least 200 resamples"):
        tiny_project.params(evaluate={"level": 0.99, "resamples": 199})


def test_strict_is_for_float32() -> None:
    with pytest.raises(
        ValidationError, match="evaluate.strict needs model.dtype float32, not auto"
    ):
        tiny_project.params(evaluate={"strict": True}, model={"dtype": "auto"})
    assert tiny_project.params(evaluate={"strict": True}, model={"dtype": "float32"})


@pytest.mark.parametrize("cron", ["0 3 * * 1", "*/5 * * * *"])
def test_a_cron_that_is_due(cron: str) -> None:
    assert tiny_project.params(retrain={"cron": cron}).retrain.cron == cron
