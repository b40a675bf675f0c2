"""Which number format a device is given."""

import pytest
import torch

from remid.lm import dtypes


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
