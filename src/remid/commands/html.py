"""Results in a notebook: sentences and tables as HTML, every text escaped."""

from collections.abc import Sequence
from html import escape

from remid.report.tables import Grid


def fragment(title: str, lines: Sequence[str], grids: Sequence[Grid]) -> str:
    """Return a heading, a list of sentences and tables; it loads nothing and runs no script."""
    # Names of models and dialogues come from files of others: nothing of them may be markup.
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<h4>{escape(title)}</h4><ul>{items}</ul>{''.join(map(_table, grids))}"


def _table(grid: Grid) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in grid.columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in grid.rows
    )
    caption = f"<caption>{escape(grid.title)}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
