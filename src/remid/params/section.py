"""What every section of params.yaml is."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A frozen section that refuses fields it does not know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )
