"""The one reader of params.yaml."""

import difflib
from pathlib import Path

import yaml
from pydantic import BaseModel, Field, ValidationError

from remid.domain.errors import RemidError
from remid.params.section import Section
from remid.params.stages import (
    Check,
    Data,
    Endpoint,
    Evaluate,
    Fetch,
    Model,
    Reply,
    Report,
    Retrain,
    Split,
    Study,
)
from remid.params.training import Coevolve, Deepspeed, Release, Train


class Params(Section):
    """All of params.yaml."""

    seed: int = Field(ge=0)
    """Root of every random stream."""
    data: Data
    fetch: Fetch
    split: Split
    check: Check
    model: Model
    train: Train
    reply: Reply
    endpoint: Endpoint
    deepspeed: Deepspeed
    coevolve: Coevolve
    evaluate: Evaluate
    report: Report
    study: Study
    retrain: Retrain
    release: Release


def _explain(path: Path, error: ValidationError) -> str:
    """Turn the first pydantic fault into a sentence that names the parameter and the remedy."""
    # One fault at a time, in words: pydantic's own list names types of Python.
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        # Down to the section that refuses the name, whose other names are what it may have meant.
        parent: type[BaseModel] = Params
        for part in first["loc"][:-1]:
            annotation = parent.model_fields[str(part)].annotation
            assert isinstance(annotation, type)
            parent = annotation
        known = list(parent.model_fields)
        hint = difflib.get_close_matches(str(first["loc"][-1]), known, n=1)
        remedy = f"did you mean {hint[0]!r}?" if hint else f"known here: {', '.join(known)}."
        return f"{path}: unknown parameter {name!r}; {remedy}"
    if first["type"] == "missing":
        return (
            f"{path}: parameter {name!r} is missing; add it (see `remid params` for its meaning)."
        )
    return f"{path}: parameter {name!r} is {first['input']!r}; {first['msg'].lower()}; correct it."


def load(path: Path = Path("params.yaml")) -> Params:
    """Read and validate the parameters.

    Raises
    ------
    RemidError
        When the file is absent, is not YAML, or a parameter is missing, unknown or out of range.
    """
    try:
        # safe_load makes plain values alone; YAML tags could make any object.
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RemidError(
            f"{path.absolute()}: no such file; run remid in the project's folder or pass --params."
        ) from None
    except yaml.YAMLError as error:
        raise RemidError(
            f"{path}: not valid YAML ({error}); correct it.".replace("\n", " ")
        ) from None
    if not isinstance(raw, dict):
        raise RemidError(f"{path}: expected sections such as `seed:` and `data:`, found none.")
    try:
        return Params.model_validate(raw)
    except ValidationError as error:
        raise RemidError(_explain(path, error)) from None


def describe(params: Params) -> str:
    """List every parameter with its value and meaning, one a line."""
    lines: list[str] = []

    def walk(section: BaseModel, prefix: str) -> None:
        for name, field in type(section).model_fields.items():
            value = getattr(section, name)
            if isinstance(value, BaseModel):
                walk(value, f"{prefix}{name}.")
            else:
                lines.append(f"{prefix}{name} = {value!r}\n    {field.description}")

    walk(params, "")
    return "\n".join(lines)
