"""TRL is as it was when its private methods were replaced; else the message says what changed.

After a new version: read what it changed in each method that is named, mend the override if it needs
that, and record the value that the message gives.
"""

import hashlib
import inspect
import re
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from trl import DPOTrainer, GRPOTrainer
from trl.trainer import grpo_trainer, utils

from remid.training import trl_overrides

ROOT = Path(__file__).parents[2]
VERSION = "1.16"
OVERRIDES = {
    trl_overrides.TokenPairTrainer: DPOTrainer,
    trl_overrides.TokenPromptTrainer: GRPOTrainer,
}
RECORDED = {
    "DPOTrainer._prepare_dataset": (
        "(self, dataset, processing_class, args, dataset_name) dba222c0e049"
    ),
    "GRPOTrainer._calculate_rewards": (
        "(self, inputs, prompts, completions, completion_ids_list) da6564bdb539"
    ),
    "GRPOTrainer._compute_loss": "(self, model, inputs) c1566e04f6b8",
    "GRPOTrainer._generate_and_score_completions": "(self, inputs) 85511b13ad58",
    "GRPOTrainer._generate_single_turn": (
        "(self, prompt_ids, images, multimodal_fields, num_generations, has_tool_images) "
        "46dd485c3d39"
    ),
    "GRPOTrainer._get_per_token_logps_and_entropies": (
        "(self, model, input_ids, attention_mask, logits_to_keep, batch_size, "
        "compute_entropy, compute_aux_loss, pixel_values, image_grid_thw, num_images, "
        "pixel_attention_mask, spatial_shapes, num_tiles, image_sizes, token_type_ids, "
        "mm_token_type_ids, image_position_ids) dd08ff17cae7"
    ),
    "GRPOTrainer._prepare_inputs": "(self, generation_batch) 1d3ae280df01",
    "GRPOTrainer._tokenize_prompts": "(self, prompts) befd6724ea72",
    "utils.split_tensor_dict": "(tensor_dict, num_chunks) 925a1909537e",
    "utils.use_adapter": "(model, adapter_name) ff540969040b",
}
"""Name to its parameters and the hash of its code. `_generate_and_score_completions` is called, not
replaced; the last two are functions of TRL's own."""
PLACES = {"DPOTrainer": DPOTrainer, "GRPOTrainer": GRPOTrainer, "utils": utils}
READ = (
    "_buffered_inputs",
    "_metrics",
    "_pending_metrics",
    "_step",
    "aux_loss_enabled",
    "beta",
    "current_gradient_accumulation_steps",
    "eos_token_ids",
    "use_vllm",
)
"""Fields of a GRPO trainer that the overrides read or set."""


def described(function: Any) -> str:
    """Parameters and a hash of the code, in which comments and empty lines make no difference."""
    lines = inspect.getsource(function).splitlines()
    code = "\n".join(line for line in lines if not re.match(r"\s*(#|$)", line))
    names = ", ".join(inspect.signature(function).parameters)
    return f"({names}) {hashlib.sha256(code.encode()).hexdigest()[:12]}"


def changes(recorded: dict[str, str], places: dict[str, Any]) -> list[str]:
    """One sentence for every name that is gone or that is no longer what was recorded."""
    told = []
    for name, before in recorded.items():
        place, _, method = name.partition(".")
        function = getattr(places[place], method, None)
        if function is None:
            told.append(f"{name}: gone")
        elif (now := described(function)) != before:
            told.append(f"{name}: recorded {before}, now {now}")
    return told


def test_what_is_replaced_is_what_was_read() -> None:
    assert changes(RECORDED, PLACES) == [], f"TRL {metadata.version('trl')} changed"


def test_every_private_method_that_is_replaced_is_recorded() -> None:
    replaced = {
        f"{theirs.__name__}.{name}"
        for ours, theirs in OVERRIDES.items()
        for name in vars(ours)
        if name.startswith("_") and not name.startswith("__") and hasattr(theirs, name)
    }
    assert len(replaced) == 7
    assert replaced <= set(RECORDED)


def test_no_other_file_replaces_a_private_method_of_trl() -> None:
    from remid.training import sft

    ours = vars(sft.CompletionTrainer)
    assert not [name for name in ours if name.startswith("_") and not name.startswith("__")]


@pytest.mark.parametrize("name", READ)
def test_the_fields_are_there(name: str) -> None:
    assert re.search(rf"\bself\.{name}\b", inspect.getsource(grpo_trainer)), name


def test_pyproject_admits_the_recorded_version_alone() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = next(r for r in map(Requirement, project["dependencies"]) if r.name == "trl")
    assert metadata.version("trl").startswith(f"{VERSION}.")
    assert f"{VERSION}.99" in wanted.specifier
    assert "1.17.0" not in wanted.specifier


class Before:
    def step(self, batch: int) -> int:
        return batch + 1

    def gone(self) -> None: ...


class After:
    def step(self, batch: int, streams: int) -> int:
        # a comment

        return batch + 1


class Commented:
    def step(self, batch: int) -> int:
        # a comment

        return batch + 1


def test_a_change_is_named() -> None:
    recorded = {f"T.{name}": described(vars(Before)[name]) for name in ("step", "gone")}
    assert changes(recorded, {"T": Before}) == []
    first, second = changes(recorded, {"T": After})
    assert first.startswith("T.step: recorded (self, batch) ")
    assert ", now (self, batch, streams) " in first
    assert second == "T.gone: gone"
    assert changes({"T.step": recorded["T.step"]}, {"T": Commented}) == []
