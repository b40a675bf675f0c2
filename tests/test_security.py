"""No code of others runs, and no pickle is read."""

import ast
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModel, AutoModelForCausalLM

from remid.domain.errors import RemidError
from remid.lm import model
from remid.lm.embedding import embed
from remid.lm.loading import UnloadableError, load_weights

ROOT = Path(__file__).parents[1]
CODE = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "flows").glob("*.py")])
PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "jsonpickle"}
READERS = {
    ("torch", "load"),
    ("np", "load"),
    ("numpy", "load"),
    ("pd", "read_pickle"),
    ("pd", "read_hdf"),
    ("yaml", "unsafe_load"),
    ("yaml", "full_load"),
}


@pytest.mark.parametrize("file", CODE, ids=lambda file: str(file.relative_to(ROOT)))
def test_nothing_reads_a_pickle_or_runs_a_models_code(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not PICKLES & {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] not in PICKLES
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert (node.value.id, node.attr) not in READERS
        if isinstance(node, ast.Call):
            named = {each.arg for each in node.keywords}
            assert not named & {"trust_remote_code", "allow_pickle"}
            # One place loads weights of models: it names safetensors.
            if isinstance(node.func, ast.Attribute) and node.func.attr == "from_pretrained":
                assert file.name in ("loading.py", "model.py", "adapters.py", "convert.py")
        if isinstance(node, ast.Name):
            assert node.id not in ("eval", "exec")


class Loud:
    """A pickle of it makes a file when it is read."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def test_the_pickle_of_the_test_would_run(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Loud(tmp_path / "ran")))
    assert (tmp_path / "ran").exists()


def hostile(folder: Path, mark: Path) -> Path:
    """A model whose weights are a pickle that does something."""
    for weights in folder.glob("*.safetensors"):
        weights.unlink()
    torch.save(Loud(mark), folder / "pytorch_model.bin")
    return folder


def test_weights_in_a_pickle_are_refused_unread(built: Path, tmp_path: Path) -> None:
    import shutil

    for name in ("base", "encoder"):
        shutil.copytree(built / "models" / name, tmp_path / name)
        hostile(tmp_path / name, tmp_path / "ran")
    with pytest.raises(RemidError, match="base: cannot be loaded"):
        model.load(tmp_path / "base", dtype="float32", device="cpu")
    with pytest.raises(RemidError, match="encoder: cannot be loaded"):
        embed(tmp_path / "encoder", ["a"])
    for kind in (AutoModel, AutoModelForCausalLM):
        with pytest.raises(UnloadableError):
            load_weights(kind, tmp_path / "base")
    assert not (tmp_path / "ran").exists()


def test_a_models_own_code_is_not_run(built: Path, tmp_path: Path) -> None:
    import json
    import shutil

    folder = tmp_path / "base"
    shutil.copytree(built / "models/base", folder)
    (folder / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    config = json.loads((folder / "config.json").read_text())
    config["model_type"] = "never-heard-of"
    config["auto_map"] = {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(RemidError, match="base: cannot be loaded"):
        model.load(folder, dtype="float32", device="cpu")
    assert not (tmp_path / "ran").exists()
