"""The result table, for the terminal, for Markdown and for the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.table import Table as RichTable

from remid.domain.estimate import Estimate, Unit
from remid.domain.shift import ID_TEST
from remid.evaluation.table import Table


@dataclass(frozen=True)
class Grid:
    """A table of text."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def figure(estimate: Estimate, precision: int) -> str:
    """``0.123 [0.010, 0.236]``; an undefined interval says so."""
    if estimate.low != estimate.low:
        return f"{estimate.value:+.{precision}f} [no interval: {estimate.note}]"
    return (
        f"{estimate.value:+.{precision}f} "
        f"[{estimate.low:+.{precision}f}, {estimate.high:+.{precision}f}]"
    )


def emid_grid(table: Table, unit: Unit, precision: int) -> Grid:
    """R-EMID, interval and bounds, a row per shift and model."""
    rows = []
    for row in (r for r in table.emid if r.unit == unit):
        mark = " *" if row.p_holm < 0.05 else ""
        rows.append(
            (
                row.shift,
                row.model,
                str(row.emid.n),
                figure(row.emid, precision) + mark,
                f"{row.joint:.{precision}f}",
                f"{row.paper:.{precision}f}" + (" !" if row.warning else ""),
                f"{row.scaled:.{precision}f}",
            )
        )
    return Grid(
        f"R-EMID ({unit.replace('_', ' ')}; above 0 the model loses information under the shift)",
        ("shift", "model", "n", "R-EMID [interval]", "joint bound", "paper bound", "scaled"),
        tuple(rows),
    )


def factor_grid(table: Table, unit: Unit, precision: int) -> Grid:
    """Mean R-EMID over the shifts of each factor, a row per model, then per two models."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    heads: dict[str, str] = {}
    for row in (r for r in table.factors if r.unit == unit):
        mark = " *" if row.p_holm < 0.05 else ""
        found.setdefault((row.model, row.against), {})[row.factor] = (
            figure(row.emid, precision) + mark
        )
        heads[row.factor] = f"{row.factor} ({row.shifts} shifts, n {row.emid.n})"
    return Grid(
        f"R-EMID by factor ({unit.replace('_', ' ')}; mean over its shifts)",
        ("model", *heads.values()),
        tuple(
            (f"{model} - {against}" if against else model, *(own[factor] for factor in heads))
            for (model, against), own in found.items()
        ),
    )


def seed_grid(
    apart: Mapping[str, Mapping[str, Sequence[float]]], unit: Unit, precision: int
) -> Grid:
    """What each training gave, a row per model: the spread behind the averages."""
    columns = list(next(iter(apart.values()), {}))
    return Grid(
        f"Each seed's own R-EMI on ID and R-EMID by factor ({unit.replace('_', ' ')})",
        ("model", *columns),
        tuple(
            (model, *(", ".join(f"{v:+.{precision}f}" for v in own[column]) for column in columns))
            for model, own in apart.items()
        ),
    )


def emi_grid(table: Table, unit: Unit, precision: int) -> Grid:
    """R-EMI on ID and the worst-case risk, a row per model."""
    rows = []
    for row in (r for r in table.emi if r.unit == unit and r.split == ID_TEST):
        worst = next(w for w in table.worst if w.model == row.model and w.unit == unit)
        rows.append(
            (
                row.model,
                figure(row.emi, precision),
                figure(worst.risk, precision),
                worst.shift,
                f"[{row.lower:.{precision}f}, {row.upper:.{precision}f}]",
            )
        )
    return Grid(
        f"Models ({unit.replace('_', ' ')})",
        ("model", "R-EMI on ID", "worst-case risk", "under", "information on ID, nats per reply"),
        tuple(rows),
    )


def split_grid(table: Table, unit: Unit, precision: int) -> Grid:
    """R-EMI, a row per split and a column per model."""
    found = {(r.split, r.model): r.emi for r in table.emi if r.unit == unit}
    splits = dict.fromkeys(split for split, _ in found)
    models = tuple(dict.fromkeys(model for _, model in found))
    return Grid(
        f"R-EMI per split ({unit.replace('_', ' ')}; 0 is what reference replies carry)",
        ("split", *models),
        tuple(
            (split, *(figure(found[split, model], precision) for model in models))
            for split in splits
        ),
    )


def input_grid(table: Table, precision: int) -> Grid:
    """Representation JS of the inputs to ID, with the floors."""
    names = list(table.inputs[0].factors) if table.inputs else []
    rows = tuple(
        (
            row.shift,
            *(
                f"{row.factors[name]:.{precision}f} ({row.floors.get(name, float('nan')):.{precision}f})"
                for name in names
            ),
            f"{row.joint:.{precision}f} ({row.joint_floor:.{precision}f})",
        )
        for row in table.inputs
    )
    return Grid("Input shift: JS to ID in nats (floor)", ("shift", *names, "joint"), rows)


def difference_grid(table: Table, unit: Unit, precision: int) -> Grid:
    """Differences in R-EMID between models, paired by dialogue."""
    rows = tuple(
        (
            row.shift,
            f"{row.model} - {row.against}",
            figure(row.difference, precision),
            f"{row.p_holm:.3f}",
        )
        for row in table.differences
        if row.unit == unit
    )
    return Grid(
        "R-EMID between models, paired by dialogue (below 0: the first loses less)",
        ("shift", "models", "difference [interval]", "p (Holm)"),
        rows,
    )


def rich(grid: Grid) -> RichTable:
    """For the terminal."""
    out = RichTable(*grid.columns, title=grid.title, title_justify="left")
    for row in grid.rows:
        out.add_row(*(cell.replace("[", r"\[") for cell in row))
    return out


def markdown(grid: Grid) -> str:
    """For README and docs."""

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    return "\n".join([line(grid.columns), line(["---"] * len(grid.columns)), *map(line, grid.rows)])
