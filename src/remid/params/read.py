"""The one reader of params.yaml."""

import difflib
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, Field, ValidationError

from remid.domain.errors import RemidError
from remid.params.section import Section
from remid.params.shifts import Shifts
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
from remid.params.training import Coevolve, Deepspeed, Train


class Params(Section):
    """All of params.yaml."""

    seed: int = Field(ge=0)
    """Root of every random stream."""
    data: Data
    fetch: Fetch
    shifts: Shifts
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


def _explain(path: Path, error: ValidationError) -> str:
    """Turn the first pydantic fault into a sentence that names the parameter and the remedy."""
    # One fault at a time, in words: pydantic's own list names types of Python.
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        # Down to the section that refuses the name, whose other names are what it may have meant.
        parent: type[BaseModel] = Params
        for part in first["loc"][:-1]:
            if isinstance(part, str) and part in parent.model_fields:
                parent = _section(parent.model_fields[part].annotation) or parent
        known = list(parent.model_fields)
        hint = difflib.get_close_matches(str(first["loc"][-1]), known, n=1)
        remedy = f"did you mean {hint[0]!r}?" if hint else f"known here: {', '.join(known)}."
        return f"{path}: unknown parameter {name!r}; {remedy}"
    if first["type"] == "value_error":
        return f"{path}: parameter {name!r}: {first['ctx']['error']}; correct it."
    if first["type"] == "missing":
        return (
            f"{path}: parameter {name!r} is missing; add it (see `remid params` for its meaning)."
        )
    return f"{path}: parameter {name!r} is {first['input']!r}; {first['msg'].lower()}; correct it."


def _section(annotation: object) -> type[BaseModel] | None:
    """Return the section of a field, which may be optional or one of several."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_section, get_args(annotation))), None)


def load(path: Path = Path("params.yaml")) -> Params:
    """Read and validate the parameters.

    Raises
    ------
    RemidError
        When the file is absent, is not YAML, or a parameter is missing, unknown or out of range.
    """
    raw = _yaml(path, "run remid in the project's folder or pass --params")
    if not isinstance(raw, dict):
        raise RemidError(f"{path}: expected sections such as `seed:` and `data:`, found none.")
    if isinstance(named := raw.get("shifts"), str):
        raw["shifts"] = _yaml(path.parent / named, f"mend `shifts` in {path}, which names it")
    try:
        return Params.model_validate(raw)
    except ValidationError as error:
        raise RemidError(_explain(path, error)) from None


def _yaml(path: Path, remedy: str) -> Any:
    try:
        # safe_load makes plain values alone; YAML tags could make any object.
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RemidError(f"{path.absolute()}: no such file; {remedy}.") from None
    except yaml.YAMLError as error:
        raise RemidError(
            f"{path}: not valid YAML ({error}); correct it.".replace("\n", " ")
        ) from None


def describe(params: Params) -> str:
    """List every parameter with its value and meaning, one a line."""
    lines: list[str] = []

    def walk(section: BaseModel, prefix: str) -> None:
        for name, field in type(section).model_fields.items():
            value = getattr(section, name)
            if isinstance(value, BaseModel):
                walk(value, f"{prefix}{name}.")
            elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
                # What was said of each, in a line; their own fields are explained in the docs.
                said = [str(own.model_dump(mode="json", exclude_defaults=True)) for own in value]
                lines.append(f"{prefix}{name} =\n  " + "\n  ".join(said))
                lines.append(f"    {field.description}")
            else:
                lines.append(f"{prefix}{name} = {value!r}\n    {field.description}")

    walk(params, "")
    return "\n".join(lines)
