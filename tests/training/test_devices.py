"""What parameters mean on this machine."""

import pytest
import tiny_project
import torch

from remid.domain.errors import RemidError
from remid.training import devices


@pytest.mark.parametrize(
    ("asked", "present", "found"),
    [
        ("auto", False, "cpu"),
        ("auto", True, "cuda"),
        ("cpu", True, "cpu"),
        ("cuda", True, "cuda"),
    ],
)
def test_the_device(asked: str, present: bool, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: present)
    assert devices.device(tiny_project.params(model={"device": asked})) == found


def test_a_gpu_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RemidError, match="torch sees no GPU"):
        devices.device(tiny_project.params(model={"device": "cuda"}))


def test_what_names_results_holds_no_auto() -> None:
    params = tiny_project.params(model={"device": "auto", "dtype": "auto"})
    found = devices.resolved(params)
    assert found["device"] in ("cpu", "cuda") and found["dtype"] in ("float32", "bfloat16")
    assert found["max_prompt_tokens"] == 600


def test_engine_and_adapter_are_those_of_the_parameters() -> None:
    params = tiny_project.params(
        deepspeed={"ranks": 2, "stage": 3, "offload": "cpu"}, train={"lora": {"rank": 5}}
    )
    engine = devices.engine(params)
    assert (engine.ranks, engine.stage, engine.offload) == (2, 3, "cpu")
    assert (engine.device, engine.dtype) == ("cpu", "float32")
    assert devices.lora(params).rank == 5
