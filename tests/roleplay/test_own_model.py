"""Models that were trained elsewhere."""

import json
import logging
import shutil
from pathlib import Path

import pytest
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from remid.domain.errors import RemidError
from remid.lm import tiny
from remid.lm.model import LanguageModel
from remid.roleplay.own_model import load as load_own
from remid.roleplay.roster import ADAPTER, Loaded


@pytest.fixture
def own(base: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(base, tmp_path / "own"))


@pytest.fixture
def adapter(base: Path, tmp_path: Path) -> Path:
    config = LoraConfig(r=2, target_modules="all-linear", init_lora_weights=False)
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(base), config)
    model.save_pretrained(str(tmp_path / "lora"))
    return tmp_path / "lora"


def load(source: object, tmp_path: Path, adapter: Path | None = None) -> Loaded:
    kept = tmp_path / "kept"
    return load_own(str(source), adapter=adapter, kept=kept, dtype="float32", device="cpu")


def test_a_folder_is_a_model(own: Path, tmp_path: Path, lm: LanguageModel) -> None:
    loaded = load(own, tmp_path)
    assert loaded.adapter is None and loaded.lm.identity(None) == lm.identity(None)


def test_an_adapter_is_named_or_lies_in_the_folder(
    own: Path, adapter: Path, tmp_path: Path
) -> None:
    named = load(own, tmp_path, adapter)
    shutil.copytree(adapter, own / "adapter")
    inside = load(own, tmp_path)
    assert named.adapter == inside.adapter == ADAPTER
    assert named.lm.identity(ADAPTER) == inside.lm.identity(ADAPTER) != named.lm.identity(None)


def test_a_fetched_model_is_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load("tiny", tmp_path)
    monkeypatch.setattr("remid.roleplay.own_model.fetch", None)
    assert load("tiny", tmp_path).lm.identity(None) == first.lm.identity(None)


def test_an_adapter_for_another_base_is_refused(own: Path, adapter: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    tiny.build_tiny(other, style="chatml", seed=2)
    with pytest.raises(
        RemidError, match="not trained on the base model in .*other.* name the base"
    ):
        load(other, tmp_path, adapter)
    settings = json.loads((adapter / "adapter_config.json").read_text())
    settings["base_model_name_or_path"] = "somebody/gone"
    config = json.loads((other / "config.json").read_text())
    (adapter / "adapter_config.json").write_text(json.dumps(settings))
    (other / "config.json").write_text(json.dumps({**config, "hidden_size": 32}))
    with pytest.raises(RemidError):  # the shapes tell it where the name does not
        load(other, tmp_path, adapter)


def test_an_adapter_of_another_hub_model_is_told(
    adapter: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from remid.pretrained.fetch import Source
    from remid.roleplay.own_model import _warn_of_other_base

    settings = json.loads((adapter / "adapter_config.json").read_text())
    settings["base_model_name_or_path"] = "one/base"
    (adapter / "adapter_config.json").write_text(json.dumps(settings))
    with caplog.at_level(logging.WARNING):
        _warn_of_other_base(adapter, Source("hub", "one/base"))
        assert caplog.text == ""
        _warn_of_other_base(adapter, Source("hub", "two/base"))
    assert "was trained on one/base, and runs on two/base here" in caplog.text


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda own: shutil.rmtree(own), "no model there .* hub:OWNER/NAME"),
        (lambda own: (own / "model.safetensors").unlink(), "no .safetensors weights; save"),
        (lambda own: (own / "config.json").write_text("{}"), "transformers cannot load"),
        (
            lambda own: (own / "model.safetensors").write_bytes(b"x" * 99),
            "transformers cannot load",
        ),
        (lambda own: (own / "chat_template.jinja").unlink(), "no chat template"),
    ],
)
def test_what_is_no_model_is_one_sentence(spoil, said: str, own: Path, tmp_path: Path) -> None:
    spoil(own)
    with pytest.raises(RemidError, match=said):
        load(own, tmp_path)


def test_an_adapter_alone_asks_for_its_base(adapter: Path, tmp_path: Path) -> None:
    with pytest.raises(RemidError, match="adapter alone; name its base model with --model"):
        load(adapter, tmp_path)


def test_a_hub_model_that_cannot_be_fetched_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(RemidError, match="hub:nobody/nothing could not be fetched"):
        load("hub:nobody/nothing", tmp_path)
    assert [*(tmp_path / "kept").iterdir()] == []
