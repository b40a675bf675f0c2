import shutil
from pathlib import Path

import pytest
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from remid.domain.errors import RemidError
from remid.lm import tiny
from remid.roleplay import roster
from remid.store.fingerprints import weights_fingerprint


@pytest.fixture(scope="session")
def adapter(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    config = LoraConfig(r=2, target_modules="all-linear", task_type="CAUSAL_LM")
    model = get_peft_model(
        AutoModelForCausalLM.from_pretrained(base), config, adapter_name=roster.ADAPTER
    )
    model.save_pretrained(str(folder))
    return folder / roster.ADAPTER


def card(base: Path, kind: str = "sft") -> roster.Card:
    return roster.Card(kind, kind, weights_fingerprint(base), 8)


def test_a_model_is_read_as_it_was_exported(base: Path, adapter: Path, tmp_path: Path) -> None:
    roster.export(card(base), adapter, tmp_path / "sft")
    loaded = roster.load_model(tmp_path / "sft", base, dtype="float32", device="cpu")
    assert loaded.adapter == roster.ADAPTER
    assert loaded.lm.identity(loaded.adapter) != loaded.lm.identity(None)
    assert roster.read_card(tmp_path / "sft") == card(base)


def test_the_base_has_no_adapter(base: Path, tmp_path: Path) -> None:
    roster.export(card(base, "base"), None, tmp_path / "base")
    assert roster.load_model(tmp_path / "base", base, dtype="float32", device="cpu").adapter is None


def test_an_export_replaces_the_old_model_whole(base: Path, adapter: Path, tmp_path: Path) -> None:
    roster.export(card(base), adapter, tmp_path / "m")
    roster.export(card(base, "base"), None, tmp_path / "m")
    assert [file.name for file in (tmp_path / "m").iterdir()] == ["model.json"]


def test_an_adapter_for_another_base_is_refused(base: Path, adapter: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    tiny.build_tiny(other, style="chatml", seed=2)
    roster.export(card(other), adapter, tmp_path / "sft")
    with pytest.raises(RemidError, match="another base .* run `remid train sft` again"):
        roster.load_model(tmp_path / "sft", base, dtype="float32", device="cpu")


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "model.json is absent"), (b"{", "not a model's card"), (b'{"name": 1}', "card")],
)
def test_a_folder_without_a_card_is_named(content: bytes | None, said: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "model.json").write_bytes(content)
    with pytest.raises(RemidError, match=said) as raised:
        roster.read_card(tmp_path)
    assert f"remid train {tmp_path.name}" in str(raised.value)


def test_a_missing_adapter_is_not_taken_for_the_base(
    base: Path, adapter: Path, tmp_path: Path
) -> None:
    roster.export(card(base), adapter, tmp_path / "sft")
    shutil.rmtree(tmp_path / "sft" / "adapter")
    with pytest.raises(RemidError, match="adapter is absent"):
        roster.load_model(tmp_path / "sft", base, dtype="float32", device="cpu")
