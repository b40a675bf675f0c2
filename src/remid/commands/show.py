"""Command `show`: the result table of the last run."""

from rich.console import Console

from remid.report import caveats, pages, tables
from remid.store.project import Project


def run(project: Project) -> None:
    """Print the result table and say where everything is."""
    params, layout = project.params, project.layout
    table = pages.read_table(layout)
    console = Console(width=None if Console().is_terminal else 140)
    unit, precision = params.evaluate.unit, params.report.precision
    console.print(tables.rich(tables.emid_grid(table, unit, precision)))
    console.print(tables.rich(tables.factor_grid(table, unit, precision)))
    console.print(
        "\n".join([*caveats.legend(), caveats.scored_part(table), *caveats.left_out(table)])
    )
    console.print(tables.rich(tables.emi_grid(table, unit, precision)))
    console.print(
        f"report  {layout.build / 'report.html'}\n"
        "runs    `make ui` serves MLflow at http://127.0.0.1:5000 and Prefect at http://127.0.0.1:4200"
    )
