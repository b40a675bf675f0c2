"""The attribution of a diagnosis: because of which factor, which dialogues, which slices."""

from collections.abc import Mapping, Sequence

from remid.evaluation.attribution import attribute
from remid.evaluation.dialogues import Evaluation
from remid.evaluation.scored import ScoredSplit
from remid.report import attribution_tables as grids
from remid.report import tables
from remid.store.project import Project
from remid.store.whole import write


def parts(
    project: Project,
    name: str,
    evaluation: Evaluation,
    scored: Mapping[str, ScoredSplit],
    *,
    partners: int,
) -> list[object]:
    """Attribute the figures of one model; return tables and lines, and keep them as Markdown."""
    found, dialogues = attribute(project, evaluation, scored, partners=partners)
    unit, precision = project.params.evaluate.unit, project.params.report.precision
    # From the whole to the parts: what is lost by factor first, single dialogues last.
    shown = [
        grids.share_grid(found, "emid", unit, precision),
        grids.share_grid(found, "emi", unit, precision),
        grids.fidelity_grid(found, unit, precision),
        grids.slice_grid(found, unit, precision),
        grids.dialogue_grid(dialogues, unit, precision),
    ]
    sentences = grids.fidelity_sentences(found, name, unit, precision)
    # What was printed, to be kept beside the figures.
    folder = project.layout.scores / "attribution"
    write(folder / "attribution.md", _markdown(name, shown, sentences))
    return [
        *shown,
        "\nWould the replies fit another as well?",
        *(f"- {line}" for line in sentences),
        f"\nEvery dialogue, token and swapped context: {folder}",
    ]


def _markdown(name: str, shown: Sequence[tables.Grid], sentences: Sequence[str]) -> str:
    parts = [f"# Attribution of {name}"]
    for grid in shown:
        parts.append(f"## {grid.title}\n\n{tables.markdown(grid)}")
    parts.append("## What the swaps show\n\n" + "\n".join(f"- {line}" for line in sentences))
    return "\n\n".join(parts) + "\n"
