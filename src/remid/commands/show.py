"""Command `show`: the result table of the last run."""

from remid.domain.output import Output
from remid.report import caveats, control_tables, pages, published_tables, tables
from remid.store.project import Project


def run(project: Project) -> Output:
    """Return the result table, and where everything is."""
    params, layout = project.params, project.layout
    table = pages.read_table(layout)
    unit, precision = params.evaluate.unit, params.report.precision
    places = (
        f"report  {layout.build / 'report.html'}\n"
        "runs    `make ui` serves MLflow at http://127.0.0.1:5000 and Prefect at http://127.0.0.1:4200"
    )
    return Output(
        {"unit": unit, "table": table, "report": str(layout.build / "report.html")},
        (
            tables.emid_grid(table, unit, precision),
            tables.factor_grid(table, unit, precision),
            "\n".join([*caveats.legend(), caveats.scored_part(table), *caveats.left_out(table)]),
            *control_tables.grids(table, unit, precision),
            *published_tables.grids(table, precision),
            tables.emi_grid(table, unit, precision),
            places,
        ),
    )
