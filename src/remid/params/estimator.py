"""What `estimator.yaml` says, in a folder that `evaluate.estimator` names."""

from pydantic import Field

from remid.params.section import Section

ESTIMATOR_FILE = "estimator.yaml"


class EstimatorFile(Section):
    """A base model, adapters on it in order, and prompts.

    Paths are relative to the file; ``hub:OWNER/NAME@COMMIT``, with ``/FOLDER`` behind it, is a
    folder of a hub at one commit.
    """

    base: str | None = None
    """The base model; null takes the project's (`fetch.base`)."""
    reasoner: tuple[str, ...] = Field(strict=False, min_length=1)
    """Adapters of the reasoner: each was trained on the base with those before it merged."""
    responder: tuple[str, ...] = Field(strict=False, min_length=1)
    """Adapters of the responder, likewise."""
    templates: str | None = None
    """Folder of prompts as Jinja files; null takes the built-in ones."""
