"""What parameters mean on this machine."""

import pytest
import tiny_project
import torch

from remid.domain.errors import RemidError
from remid.lm import dtypes
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


def test_a_number_format_that_the_gpu_cannot_do(monkeypatch: pytest.MonkeyPatch) -> None:
    params = tiny_project.params(model={"device": "cuda", "dtype": "bfloat16"})
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: False)
    with pytest.raises(RemidError, match="'bfloat16', which this GPU cannot.*'float32'"):
        devices.dtype(params)
    automatic = tiny_project.params(model={"device": "cuda", "dtype": "auto"})
    assert devices.dtype(automatic) == "float32"


def test_a_number_format_that_the_cpu_emulates(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is given, once with a sentence that holds what was measured."""
    monkeypatch.setattr(dtypes, "native_bfloat16", lambda device: False)
    rates = {"float32": 80.0, "bfloat16": 2.0}
    monkeypatch.setattr(dtypes, "product_rate", lambda name, device: rates[name])
    devices._warn_of_emulation.cache_clear()
    params = tiny_project.params(model={"device": "cpu", "dtype": "bfloat16"})
    assert [devices.dtype(params), devices.dtype(params)] == ["bfloat16", "bfloat16"]
    devices._warn_of_emulation.cache_clear()
    (warning,) = caplog.messages
    assert "this cpu emulates" in warning and "40 times as long" in warning and "'auto'" in warning


def test_no_format_but_the_three() -> None:
    with pytest.raises(ValueError, match="'auto', 'float32' or 'bfloat16'"):
        tiny_project.params(model={"dtype": "float16"})


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
