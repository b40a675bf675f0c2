"""What identifies weights, in one file or in shards."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import tiny_project
import torch
from adapters import make_adapter
from transformers import AutoModelForCausalLM

from remid.coevolve.run import work_folder as coevolution_folder
from remid.domain.errors import RemidError
from remid.lm import model
from remid.lm.tiny import Style
from remid.pretrained.whole import require_whole
from remid.roleplay.run import work_folder as training_folder
from remid.store.fingerprints import file_fingerprint, weights_fingerprint
from remid.store.project import Project
from remid.training.adapters import load_adapted
from remid.training.job import Engine, Job, LoraShape


@pytest.fixture
def base(tiny_folder: Callable[[Style], Path], tmp_path: Path) -> Path:
    return shutil.copytree(tiny_folder("chatml"), tmp_path / "base")


def shard(folder: Path) -> list[Path]:
    """Save the base model in `folder` again, in shards, as large ones are."""
    lm = AutoModelForCausalLM.from_pretrained(folder)
    for file in folder.glob("*.safetensors"):
        file.unlink()
    lm.save_pretrained(folder, max_shard_size="100KB")
    shards = sorted(folder.glob("model-*-of-*.safetensors"))
    assert len(shards) > 1 and not (folder / "model.safetensors").exists()
    return shards


def flip(file: Path) -> None:
    """Change the last byte of a file: the last weight."""
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))


def test_the_fingerprint_is_that_of_the_weights_and_settings(base: Path) -> None:
    before = weights_fingerprint(base)
    assert weights_fingerprint(shutil.copytree(base, base.with_name("copy"))) == before
    (base / "tokenizer_config.json").write_text("{}")
    assert weights_fingerprint(base) == before
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps(config | {"rope_theta": 5}))
    assert weights_fingerprint(base) != before


def test_where_an_adapters_base_lay_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "adapter_model.safetensors").write_bytes(b"weights")
    found = []
    for rank, place in ((2, "here"), (2, "there"), (4, "there")):
        settings = {"r": rank, "base_model_name_or_path": place}
        (tmp_path / "adapter_config.json").write_text(json.dumps(settings))
        found.append(weights_fingerprint(tmp_path))
    assert found[0] == found[1] != found[2]


def test_every_shard_counts(base: Path) -> None:
    shards = shard(base)
    found = {weights_fingerprint(base)}
    for file in shards:
        flip(file)
        found.add(weights_fingerprint(base))
    assert len(found) == 1 + len(shards)


def test_weights_in_torchs_pickles_are_none(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"one")
    with pytest.raises(RemidError, match="no model there .no .safetensors file."):
        weights_fingerprint(tmp_path)


def test_a_folder_without_weights_has_none(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(RemidError, match="no model there .* run `dvc repro`"):
        weights_fingerprint(tmp_path)


def test_a_files_fingerprint_is_its_sha256(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")
    # the published test vector of SHA-256("abc")
    assert file_fingerprint(tmp_path / "f") == "ba7816bf8f01cfea414140de"


def test_coevolve_and_train_name_their_work_after_a_sharded_base(tmp_path: Path) -> None:
    project = Project(tiny_project.params(), tiny_project.build(tmp_path / "project"))
    shards = shard(project.layout.base)
    first = coevolution_folder(project), training_folder(project, "sft")
    flip(shards[-1])
    second = coevolution_folder(project), training_folder(project, "sft")
    assert first[0].parent == second[0].parent and first[0] != second[0]
    assert first[1].parent == second[1].parent and first[1] != second[1]


def test_a_sharded_base_answers_as_the_whole_one_does(base: Path, tmp_path: Path) -> None:
    adapter = make_adapter(base, tmp_path / "adapter", seed=3)
    ids = torch.arange(9)[None]

    def logits() -> torch.Tensor:
        lm = model.load(base, adapters={"reasoner": adapter}, dtype="float32", device="cpu")
        with lm.using("reasoner"):
            found: torch.Tensor = lm.model(input_ids=ids).logits
        return found

    whole = logits()
    shard(base)
    assert torch.equal(logits(), whole)


def test_a_sharded_base_is_trained_on(base: Path, tmp_path: Path) -> None:
    job = Job(
        name="shards",
        kind="sft",
        base=str(base),
        train="new",
        adapters={"new": None},
        examples="",
        output=str(tmp_path),
        seed=1,
        engine=Engine(ranks=1, stage=0, dtype="float32"),
        lora=LoraShape(2, 4, 0.0),
        learning_rate=1e-3,
        batch=1,
    )
    whole = load_adapted(job).state_dict()
    shard(base)
    sharded = load_adapted(job).state_dict()
    assert whole.keys() == sharded.keys()
    assert all(torch.equal(whole[name], sharded[name]) for name in whole)


def test_a_shard_that_is_absent_is_missed(base: Path) -> None:
    shards = shard(base)
    require_whole(base, "hub:some/model")
    shards[0].unlink()
    with pytest.raises(RemidError, match=rf"hub:some/model: {shards[0].name} is absent"):
        require_whole(base, "hub:some/model")
