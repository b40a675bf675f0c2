"""Command `compare`: two diagnoses, paired by dialogue; for people and for CI."""

from pathlib import Path

from remid.commands.comparison import Scores, against
from remid.commands.diagnosis import read
from remid.domain.errors import RemidError
from remid.domain.names import folder_name
from remid.domain.output import Output
from remid.evaluation.comparison import How
from remid.store.layout import Layout


def run(a: str, b: str, how: How, *, junit: Path | None = None) -> Output:
    """Compare two folders or models; the output says where B is worse beyond the margin.

    Raises
    ------
    RemidError
        When one of them is neither a folder with scores nor a model that was evaluated.
    """
    layout = Layout()
    found = against(_scores(layout, a), _scores(layout, b), how)
    if junit is not None:
        found.junit(junit)
    parts = (found.grid, *(f"- {line}" for line in found.shows))
    return Output(found.content(), parts, found.exceeded)


def _scores(layout: Layout, name: str) -> Scores:
    """A folder first; then a diagnosis of that name; then a model of the evaluate stage."""
    if Path(name).is_dir():
        return read(Path(name))
    own = layout.studies / "diagnose" / folder_name(name)
    if own.is_dir():
        return read(own)
    if (layout.scores / "pairs").is_dir():
        return read(layout.scores, name)
    raise RemidError(
        f"{name}: no folder, no diagnosis in {layout.studies / 'diagnose'} and no model that was "
        "evaluated; run `remid diagnose` first, or name the folder that it wrote."
    )
