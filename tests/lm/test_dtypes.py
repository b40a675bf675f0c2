"""Which number format a device is given."""

import os

import numpy as np
import pytest
import torch

from remid.lm import dtypes, model
from remid.lm.generation import Sampling, draw


@pytest.fixture
def new_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATEN_CPU_CAPABILITY", raising=False)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)


@pytest.fixture
def old_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)


def test_bfloat16_where_the_cpu_computes_in_it(new_cpu: None) -> None:
    assert dtypes.resolve("auto", "cpu") == "bfloat16"


def test_float32_where_it_would_be_emulated(old_cpu: None) -> None:
    assert dtypes.resolve("auto", "cpu") == "float32"
    assert dtypes.resolve("bfloat16", "cpu") == "bfloat16"  # who asks by name gets it


@pytest.mark.parametrize("capability", ["avx2", "default", "AVX2"])
def test_a_newer_cpu_can_pass_for_an_older_one(
    capability: str, new_cpu: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", capability)
    assert dtypes.resolve("auto", "cpu") == "float32"


def test_without_a_gpu_there_is_no_bfloat16_on_one() -> None:
    if not torch.cuda.is_available():
        assert not dtypes.native_bfloat16("cuda")


def test_a_rate_is_measured_over_whole_products() -> None:
    # two products of 128 x 576 x 1536 take at least a microsecond and at most a minute
    rate = dtypes.product_rate("float32", "cpu", seconds=0.01)
    assert 4 * 128 * 576 * 1536 / 60e9 < rate < 1e6


def test_who_asks_for_an_older_cpu_has_one() -> None:
    """`make test` runs this room a second time so: here the libraries say what they take."""
    if os.environ.get("ATEN_CPU_CAPABILITY") != "avx2":
        pytest.skip("only where ATEN_CPU_CAPABILITY=avx2 was set before the process began")
    assert torch.backends.cpu.get_cpu_capability() == "AVX2"
    assert os.environ["ONEDNN_MAX_CPU_ISA"] == "AVX2"
    assert dtypes.resolve("auto", "cpu") == "float32"


@pytest.mark.parametrize(("answer", "format"), [(True, torch.bfloat16), (False, torch.float32)])
def test_a_model_works_whatever_the_probe_answers(
    answer: bool,
    format: torch.dtype,
    tiny_folder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is drawn may differ in its rounding; it is drawn, ends, and has probabilities."""
    monkeypatch.setattr(dtypes, "native_bfloat16", lambda device: answer)
    lm = model.load(tiny_folder("chatml"), dtype=dtypes.resolve("auto", "cpu"), device="cpu")
    assert next(lm.model.parameters()).dtype == format
    prompt = tuple(lm.chat.tokenizer("hello sea")["input_ids"])
    streams = [torch.Generator().manual_seed(k) for k in range(2)]
    with lm.using(None):
        drawn = draw(lm, [prompt, prompt], streams, Sampling(5, 1.0), ends=sorted(lm.ends))
        logits = lm.model(torch.tensor([prompt])).logits[0].float()
    assert all(1 <= len(ids) <= 5 for ids in drawn)
    np.testing.assert_allclose(logits.softmax(-1).sum(-1).numpy(), 1.0, atol=1e-5)
