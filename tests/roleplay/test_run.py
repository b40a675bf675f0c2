"""What names the folder of a training."""

import pytest
import tiny_project

from remid.roleplay.run import work_folder
from remid.store.layout import Layout
from remid.store.project import Project


@pytest.fixture(scope="module")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return tiny_project.build(tmp_path_factory.mktemp("run"))


@pytest.mark.parametrize(
    ("name", "over", "same"),
    [
        ("sft", {"train": {"epochs": 9}}, False),
        ("sft", {"train": {"reinforce": {"prompts": 9}}}, True),
        ("grpo", {"train": {"reinforce": {"prompts": 9}}}, False),
        ("grpo", {"train": {"models": ["base"]}}, True),
        ("sft", {"evaluate": {"level": 0.9}}, True),
    ],
)
def test_a_model_is_trained_again_only_when_its_own_parameters_change(
    name: str, over: dict, same: bool, built_once: Layout
) -> None:
    plain = work_folder(Project(tiny_project.params(), built_once), name)
    changed = work_folder(Project(tiny_project.params(**over), built_once), name)
    assert (changed == plain) is same
    assert plain.name.startswith(f"{name}-")
