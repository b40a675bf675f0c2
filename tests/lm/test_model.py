"""Loading, adapters, and the switch between them."""

import json
import shutil

import pytest
import torch
from adapters import make_adapter
from peft import PeftModel

from remid.domain.errors import RemidError
from remid.lm import model, tiny


@pytest.fixture
def two(tiny_folder, adapter_folder, tmp_path):
    other = make_adapter(tiny_folder("chatml"), tmp_path / "other", seed=6)
    return model.load(
        tiny_folder("chatml"),
        adapters={"reasoner": adapter_folder, "responder": other},
        dtype="float32",
        device="cpu",
    )


def logits(lm, adapter):
    with lm.using(adapter):
        return lm.model(input_ids=torch.arange(9)[None]).logits


def test_each_adapter_answers_for_itself_and_none_is_the_base(two, tiny_lm):
    base, one, other = (logits(two, name) for name in (None, "reasoner", "responder"))
    assert torch.equal(base, logits(tiny_lm("chatml"), None))
    assert not torch.allclose(one, other, atol=1e-3)
    assert not torch.allclose(one, base, atol=1e-3)


def test_a_merged_adapter_answers_as_one_apart(two, tiny_folder, adapter_folder):
    """In float32: the same up to its rounding, under the same name; the base is gone."""
    one = model.load(
        tiny_folder("chatml"),
        adapters={"reasoner": adapter_folder},
        dtype="float32",
        device="cpu",
        merge=True,
    )
    assert one.identity("reasoner") == two.identity("reasoner")
    apart, merged = logits(two, "reasoner"), logits(one, "reasoner")
    torch.testing.assert_close(merged, apart, atol=1e-5, rtol=1e-4)
    with pytest.raises(KeyError), one.using(None):
        pass


@pytest.mark.parametrize("adapter", [None, "responder"])
def test_a_training_goes_on_after_another_adapter_was_used(two, adapter):
    two.model.set_adapter("reasoner")
    two.model.train()
    before = {n: p.requires_grad for n, p in two.model.named_parameters()}
    assert any(before.values())
    with pytest.raises(ZeroDivisionError), two.using(adapter):
        assert not two.model.training
        assert not torch.is_grad_enabled()
        raise ZeroDivisionError
    assert two.model.training
    assert two.model.active_adapter == "reasoner"
    assert {n: p.requires_grad for n, p in two.model.named_parameters()} == before


def test_the_fingerprint_follows_the_content(tiny_folder, tiny_lm, tmp_path):
    base = tiny_lm("chatml")
    moved = tmp_path / "moved"
    shutil.copytree(tiny_folder("chatml"), moved)
    assert model.load(moved, dtype="float32", device="cpu").fingerprint == base.fingerprint
    assert model.load(moved, dtype="bfloat16", device="cpu").fingerprint != base.fingerprint
    tiny.build_tiny(moved, style="chatml", seed=2, spread=0.15)
    assert model.load(moved, dtype="float32", device="cpu").fingerprint != base.fingerprint


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(RemidError, match=r"no model there.*run the fetch stage"):
        model.load(tmp_path, dtype="float32", device="cpu")


def test_an_adapter_of_a_base_with_the_same_shape(adapter_folder, tmp_path):
    tiny.build_tiny(tmp_path, style="chatml", seed=2)
    with pytest.raises(RemidError, match="was not trained on the base model.*train it again"):
        model.load(tmp_path, adapters={"a": adapter_folder}, dtype="float32", device="cpu")


def edited(adapter, folder, **changes):
    """Copy an adapter, with changes to its configuration."""
    shutil.copytree(adapter, folder)
    file = folder / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    return folder


@pytest.mark.parametrize(
    "changes",
    [
        {"r": 8},  # tensors of another shape
        {"target_modules": ["nothing_like_it"]},
        {"target_modules": ["model.layers.0.self_attn.q_proj"]},  # the file has weights for more
    ],
)
def test_an_adapter_that_does_not_fit(changes, tiny_folder, adapter_folder, tmp_path):
    broken = edited(adapter_folder, tmp_path / "a", base_model_name_or_path=None, **changes)
    with pytest.raises(RemidError, match="was not trained on the base model"):
        model.load(tiny_folder("chatml"), adapters={"a": broken}, dtype="float32", device="cpu")


def test_an_adapter_that_is_not_there(tiny_folder, tmp_path):
    with pytest.raises(RemidError, match="no adapter there"):
        model.load(tiny_folder("chatml"), adapters={"a": tmp_path}, dtype="float32", device="cpu")


def test_logits_that_would_come_out_wrong_are_refused(tiny_folder, monkeypatch):
    from transformers import LlamaForCausalLM

    forward = LlamaForCausalLM.forward

    def scaled(self, *arguments, **named):
        out = forward(self, *arguments, **named)
        out.logits = out.logits * 2
        return out

    monkeypatch.setattr(LlamaForCausalLM, "forward", scaled)
    with pytest.raises(RemidError, match="does something to its logits"):
        model.load(tiny_folder("chatml"), dtype="float32", device="cpu")


def test_one_base_serves_all_adapters(two):
    assert isinstance(two.model, PeftModel)
    own = sum(p.numel() for n, p in two.model.named_parameters() if "lora" not in n)
    tensors = tiny.LlamaForCausalLM(two.base.config)
    assert own == sum(p.numel() for p in tensors.parameters())
