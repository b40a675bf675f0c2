"""The result table, for the terminal, for Markdown and for the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table as RichTable

from remid.domain.estimate import Estimate, Unit
from remid.domain.shift import ID_TEST
from remid.evaluation.table import UNITS, SplitRow, Table


@dataclass(frozen=True)
class Grid:
    """A table of text."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def figure(estimate: Estimate, precision: int) -> str:
    """``0.123 [0.010, 0.236]``; an undefined interval says so."""
    # nan is the one value that differs from itself.
    if estimate.low != estimate.low:
        return f"{estimate.value:+.{precision}f} [no interval: {estimate.note}]"
    return (
        f"{estimate.value:+.{precision}f} "
        f"[{estimate.low:+.{precision}f}, {estimate.high:+.{precision}f}]"
    )


def seen(detectable: float, precision: int) -> str:
    """Smallest loss that would have been seen; ``none`` where nothing would have."""
    return "none" if detectable != detectable else f"{detectable:.{precision}f}"


def would_see(detectable: float, precision: int) -> str:
    """Return the same behind a figure; empty where it is undefined."""
    return "" if detectable != detectable else f" (would see {detectable:.{precision}f})"


def emid_grid(table: Table, unit: Unit, precision: int) -> Grid:
    """R-EMID with its parts, a row per shift and model."""
    rows = []
    for row in (r for r in table.emid if r.unit == unit):
        # After correction over the whole family, not this row alone.
        mark = " *" if row.p_holm < 0.05 else ""
        rows.append(
            (
                row.shift,
                row.model,
                str(row.emid.n),
                figure(row.emid, precision) + mark,
                figure(row.replies, precision),
                figure(row.references, precision),
                figure(row.relative, precision),
                seen(row.detectable, precision),
                ", ".join(row.marks),
            )
        )
    return Grid(
        f"R-EMID ({unit.replace('_', ' ')}; above 0 the model loses information under the shift; "
        "what its replies lose less what the references lose)",
        (
            "shift",
            "model",
            "n",
            "R-EMID [interval]",
            "its replies lose",
            "references lose",
            "relative",
            "would see",
            "marks",
        ),
        tuple(rows),
    )


def emi_by_split_grid(table: Table, model: str, unit: Unit, precision: int) -> Grid:
    """R-EMI of one model on every split, beside what the references carry."""
    # What the references carry is the same for every model.
    splits = {row.split: row for row in table.splits if row.unit == unit}
    rows = [row for row in table.emi if row.model == model and row.unit == unit]
    return Grid(
        f"R-EMI of {model} ({unit.replace('_', ' ')}; below 0 its replies carry less than the "
        "references)",
        (
            "split",
            "n",
            "without a reply",
            "R-EMI [interval]",
            "references carry [interval]",
            "replies / references",
        ),
        tuple(
            (
                row.split,
                str(row.emi.n),
                str(splits[row.split].missing),
                figure(row.emi, precision),
                figure(splits[row.split].information, precision),
                figure(row.relative, precision),
            )
            for row in rows
        ),
    )


def parts_grid(table: Table, unit: Unit, precision: int) -> Grid:
    """What R-EMI is made of, a row per model and split."""
    return Grid(
        f"What R-EMI is made of ({unit.replace('_', ' ')}; copied + novel = R-EMI; order in nats "
        "per token)",
        (
            "model",
            "split",
            "R-EMI",
            "copied",
            "novel",
            "tokens copied",
            "order of words",
            "negatives beaten",
        ),
        tuple(
            (
                row.model,
                row.split,
                figure(row.emi, precision),
                figure(row.copied, precision),
                figure(row.novel, precision),
                f"{row.copied_share:.1%}",
                figure(row.order, precision),
                f"{row.beaten:.0%}" + (" saturated" if row.saturated else ""),
            )
            for row in table.emi
            if row.unit == unit
        ),
    )


def health_grid(table: Table, unit: Unit, precision: int) -> Grid:
    """How well the estimators read each split's references, a row per split."""
    return Grid(
        f"What the estimators read of the references ({unit.replace('_', ' ')})",
        (
            "split",
            "n",
            "clusters",
            "information",
            "copied",
            "order of words",
            "negatives beaten",
            "perplexity",
            "traces well formed",
            "left out",
            "tokens scored",
            "",
        ),
        tuple(
            (
                row.split,
                str(row.information.n),
                str(row.clusters),
                figure(row.information, precision),
                figure(row.copied, precision),
                figure(row.order, precision),
                f"{row.beaten:.0%}",
                f"{row.perplexity:.1f}",
                f"{row.formed} of {row.traces}" if row.traces else "none asked for",
                left_out(row),
                "all" if row.reply_tokens is None else str(row.reply_tokens),
                "blind" if row.blind else "",
            )
            for row in table.splits
            if row.unit == unit
        ),
    )


def left_out(row: SplitRow) -> str:
    """Dialogues left out of a split, by reason."""
    # A skip is shown with its reason, or the figures would flatter.
    reasons = {"no reply": row.missing, "too long": row.too_long, "no negative": row.alone}
    return ", ".join(f"{count} {reason}" for reason, count in reasons.items() if count) or "none"


def factor_grid(table: Table, unit: Unit, precision: int) -> Grid:
    """Mean R-EMID over the shifts of each factor, a row per model, then per two models."""
    # Rows by model, columns by factor: the table holds them one by one.
    found: dict[tuple[str, str], dict[str, str]] = {}
    heads: dict[str, str] = {}
    for row in (r for r in table.factors if r.unit == unit):
        mark = " *" if row.p_holm < 0.05 else ""
        found.setdefault((row.model, row.against), {})[row.factor] = (
            figure(row.emid, precision) + mark + would_see(row.detectable, precision)
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


def emi_grid(table: Table, unit: Unit, precision: int) -> Grid:
    """R-EMI on ID in both units and the worst-case risk, a row per model."""
    rows = []
    for row in (r for r in table.emi if r.unit == unit and r.split == ID_TEST):
        # A project whose shifts are all too small has R-EMI on ID, and no risk.
        worst = next((w for w in table.worst if (w.model, w.unit) == (row.model, unit)), None)
        either = {r.unit: r.emi for r in table.emi if (r.model, r.split) == (row.model, ID_TEST)}
        rows.append(
            (
                row.model,
                *(figure(either[each], precision) for each in UNITS),
                figure(row.relative, precision),
                figure(worst.risk, precision) if worst else "no shift",
                f"{worst.median_unbiased:+.{precision}f}" if worst else "",
                (worst.shift + (f" ({', '.join(worst.marks)})" if worst.marks else ""))
                if worst
                else "",
                f"at least {row.lower:.{precision}f} (ceiling {row.ceiling:.{precision}f})",
            )
        )
    return Grid(
        f"Models ({unit.replace('_', ' ')} where not said)",
        (
            "model",
            "R-EMI on ID, per token",
            "R-EMI on ID, per reply",
            "replies / references",
            "worst-case risk",
            "median-unbiased",
            "under",
            "information on ID, nats per reply",
        ),
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


def difference_grid(table: Table, unit: Unit, precision: int) -> Grid:
    """Differences in R-EMID between models, paired by dialogue."""
    rows = tuple(
        (
            row.shift,
            f"{row.model} - {row.against}",
            figure(row.difference, precision) + would_see(row.detectable, precision),
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
        # rich takes [..] for markup.
        out.add_row(*(cell.replace("[", r"\[") for cell in row))
    return out


def markdown(grid: Grid) -> str:
    """For README and docs."""

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    return "\n".join([line(grid.columns), line(["---"] * len(grid.columns)), *map(line, grid.rows)])
