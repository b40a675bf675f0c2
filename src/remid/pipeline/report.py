"""Stage `report`: tables, figures and the page."""

from remid.domain.errors import RemidError
from remid.report import figures, pages
from remid.store.project import Project
from remid.store.whole import replacing_folder


def run(project: Project) -> None:
    """Write build/ anew, whole or not at all."""
    layout = project.layout
    table = pages.read_table(layout)
    first = table.emi[0].unit
    curve = pages.read_curve(layout.plots / "coevolve.csv")
    if curve is None and project.params.evaluate.estimator == "trained":
        raise RemidError(
            f"{layout.plots / 'coevolve.csv'}: no such file, though the estimators were trained here; "
            "run `dvc repro coevolve`."
        )
    text = pages.render(project, table)
    # A page beside figures of another run would be worse than none.
    with replacing_folder(layout.build) as part:
        (part / "report.html").write_text(text, encoding="utf-8")
        (part / "table.md").write_text(pages.markdown(table, project.params), encoding="utf-8")
        figures.save(figures.emid_forest(table, first), part / "emid.png")
        figures.save(figures.input_shift(table), part / "inputs.png")
        if curve is not None:
            figures.save(figures.training_curve(curve), part / "training.png")
