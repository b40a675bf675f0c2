"""`remid demo`: a diagnosis from what was released, before anything is trained."""

from dataclasses import replace

from remid.coevolve import released
from remid.commands import diagnose
from remid.domain.output import Output
from remid.store.project import Project


def run(project: Project) -> Output:
    """Diagnose the released reply file with the released estimators.

    Raises
    ------
    RemidError
        When the released folder is absent, not whole, or for another base model.
    """
    card = released.read(project.layout)
    params = project.params
    # What was kept was computed in the release's number format, and is found in no other.
    settings = {
        "model": params.model.model_copy(update={"dtype": card.dtype}),
        "evaluate": params.evaluate.model_copy(update={"estimator": "released"}),
    }
    told = diagnose.run(
        project.with_params(**settings), file=project.layout.released / released.DEMO, name="demo"
    )
    splits = len(params.release.demo_shifts) + 1
    about = f"Replies of {card.demo} to {splits} splits, read by {card.name}."
    return replace(told, parts=[about, *told.parts])
