"""A project with a tiny model, untrained estimators and nine dialogues a split."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tiny_project
import yaml

from remid.lm import tiny
from remid.params import Params
from remid.store.layout import Layout

SMALL: dict[str, Any] = {
    "model": {"max_prompt_tokens": 2000},
    "train": {"models": ["base"]},
    "reply": {"dialogues_per_split": 8, "max_tokens": 8},
    "evaluate": {"trace_tokens": 4, "negatives_per_context": 2, "resamples": 100},
    "endpoint": {"attempts": 1, "key_variable": "REMID_TEST_KEY"},
}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    root = tmp_path_factory.mktemp("project")
    layout = tiny_project.build(root, dialogues=9)
    tiny.build_tiny_encoder(layout.encoder, seed=1)
    config = LoraConfig(r=2, target_modules="all-linear", init_lora_weights=False)
    for name in ("reasoner", "responder"):
        model = get_peft_model(
            AutoModelForCausalLM.from_pretrained(layout.base), config, adapter_name=name
        )
        model.save_pretrained(str(layout.estimators))
    return root


@pytest.fixture
def layout(built: Path, tmp_path: Path) -> Layout:
    root = tmp_path / "project"
    shutil.copytree(built, root)
    return Layout(root)


@pytest.fixture
def small() -> Callable[..., Params]:
    def make(**over: Any) -> Params:
        return tiny_project.params(**{**SMALL, **over})

    return make


@pytest.fixture
def project(
    layout: Layout, small: Callable[..., Params], monkeypatch: pytest.MonkeyPatch
) -> Layout:
    """The same, with its params.yaml, as the current folder."""
    (layout.root / "params.yaml").write_text(yaml.safe_dump(small().model_dump(mode="json")))
    monkeypatch.chdir(layout.root)
    return Layout()
