"""A folder that holds all of a model, and folders that do not."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from remid.domain.errors import RemidError
from remid.pretrained.whole import require_whole


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two shards and their index."""
    (tmp_path / "config.json").write_text("{}")
    for k in (1, 2):
        save_file({f"w{k}": torch.ones(4)}, tmp_path / f"model-0000{k}-of-00002.safetensors")
    names = {f"w{k}": f"model-0000{k}-of-00002.safetensors" for k in (1, 2)}
    index = json.dumps({"weight_map": names})
    (tmp_path / "model.safetensors.index.json").write_text(index)
    return tmp_path


def test_a_whole_model(folder: Path) -> None:
    require_whole(folder, "here")


def test_weights_in_a_pickle_are_none(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(RemidError, match="here: holds no weights"):
        require_whole(tmp_path, "here")


def without(name: str):
    return lambda folder: (folder / name).unlink()


def cut(folder: Path) -> None:
    file = folder / "model-00002-of-00002.safetensors"
    file.write_bytes(file.read_bytes()[:-4])


def no_weights(folder: Path) -> None:
    for file in folder.glob("*.safetensors*"):
        file.unlink()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (without("config.json"), "here: holds no config.json"),
        (no_weights, r"here: holds no weights"),
        (without("model-00002-of-00002.safetensors"), "model-00002-of-00002.safetensors is absent"),
        (cut, "model-00002-of-00002.safetensors is cut short or damaged"),
    ],
)
def test_what_is_missing_is_named(spoil, said: str, folder: Path) -> None:
    spoil(folder)
    with pytest.raises(RemidError, match=said):
        require_whole(folder, "here")
