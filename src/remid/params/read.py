"""The one reader of params.yaml."""

import difflib
from pathlib import Path
from typing import Any, Self, get_args

import yaml
from pydantic import BaseModel, Field, ValidationError, model_validator

from remid.domain.errors import RemidError
from remid.params.estimator import EstimatorFile
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
from remid.params.training import Coevolve, Deepspeed, Release, Train


class _Plain(yaml.SafeLoader):
    """YAML of plain values, in which a value stands where it is read.

    Of two equal keys YAML takes the last without a word, and a few aliases of aliases unfold to
    gigabytes: neither has a use here.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse aliases."""
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(
                None,
                None,
                f"found the alias *{event.anchor}; write the value out",
                event.start_mark,
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuse a key that stands twice."""
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"found {key.value!r} twice; keep one", key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


class Params(Section):
    """All of params.yaml."""

    seed: int = Field(ge=0, lt=2**32)
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
    release: Release

    @model_validator(mode="after")
    def _exact(self) -> Self:
        # `auto` may be bfloat16 on another machine, whose rounding is what strict rules out.
        if self.evaluate.strict and self.model.dtype != "float32":
            raise ValueError(f"evaluate.strict needs model.dtype float32, not {self.model.dtype}")
        return self


def _explain(path: Path, error: ValidationError, whole: type[BaseModel]) -> str:
    """Turn the first pydantic fault into a sentence that names the parameter and the remedy."""
    # One fault at a time, in words: pydantic's own list names types of Python.
    # A misspelt name is two faults, and that it is missing says nothing of what was written.
    faults = error.errors()
    first = next((each for each in faults if each["type"] == "extra_forbidden"), faults[0])
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        # Down to the section that refuses the name, whose other names are what it may have meant.
        parent = whole
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
    if not name:
        return f"{path}: {first['msg'].removeprefix('Value error, ')}; correct one of them."
    shown = repr(first["input"])
    shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
    said = first["msg"].removeprefix("Value error, ")
    return f"{path}: parameter {name!r} is {shown}; {said[:1].lower()}{said[1:]}; correct it."


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
        raise RemidError(_explain(path, error, Params)) from None


def _yaml(path: Path, remedy: str) -> Any:
    try:
        # A safe loader makes plain values alone; YAML tags could make any object.
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Plain)
    except FileNotFoundError:
        raise RemidError(f"{path.absolute()}: no such file; {remedy}.") from None
    except yaml.YAMLError as error:
        raise RemidError(
            f"{path}: not valid YAML ({error}); correct it.".replace("\n", " ")
        ) from None
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RemidError(f"{path}: cannot be read ({reason}); correct it or {remedy}.") from None


def load_estimator(path: Path) -> EstimatorFile:
    """Read and validate an `estimator.yaml`.

    Raises
    ------
    RemidError
        As :func:`load`.
    """
    raw = _yaml(path, "name a folder that has it as evaluate.estimator")
    if not isinstance(raw, dict):
        raise RemidError(f"{path}: expected `reasoner:` and `responder:`, found neither.")
    try:
        return EstimatorFile.model_validate(raw)
    except ValidationError as error:
        raise RemidError(_explain(path, error, EstimatorFile)) from None


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
