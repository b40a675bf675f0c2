"""What every section of params.yaml is."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A frozen section that refuses fields it does not know."""

    # strict: "8" is no 8 and 1 no true. The docstring below a field is its description, which
    # `remid params` prints.
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        use_attribute_docstrings=True,
        # nan and inf pass every one-sided bound, and YAML can write both
        allow_inf_nan=False,
    )
