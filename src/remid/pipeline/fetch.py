"""Stage `fetch`: the base model and the sentence encoder."""

from remid.pretrained.fetch import fetch
from remid.store.project import Project


def run(project: Project) -> None:
    """Get both models, each replaced whole or left as it was."""
    params, layout = project.params, project.layout
    fetch(params.fetch.base, kind="base", target=layout.base, seed=params.seed)
    fetch(params.fetch.encoder, kind="encoder", target=layout.encoder, seed=params.seed)
