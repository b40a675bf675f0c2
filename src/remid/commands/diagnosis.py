"""What a diagnosis found of one model: figures, sentences, and the scores behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from remid.commands import html
from remid.domain.errors import RemidError
from remid.domain.estimate import Estimate, Unit
from remid.evaluation import scored as scores
from remid.evaluation.scored import ScoredSplit
from remid.evaluation.table import Table
from remid.report import caveats, control_tables, published_tables, reading, tables
from remid.store.whole import indented, write

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """R-EMI and R-EMID of one model's replies, with intervals."""

    model: str
    unit: Unit
    """Of the figures that are shown; `table` has both."""
    table: Table = field(repr=False)
    scored: Mapping[str, ScoredSplit] = field(repr=False)
    """Split to the scores of every pair."""
    missing: Mapping[str, int]
    """Split to its dialogues without a reply."""
    too_few: Mapping[str, int]
    """Split to its replies, where they are too few for an interval."""
    notes: tuple[str, ...] = ()
    """What was cut from replies or left out of the file."""
    precision: int = field(default=3, repr=False)
    attribution: tuple[object, ...] = field(default=(), repr=False)
    """Because of which factor, dialogues and slices, as tables and lines; empty if not asked for."""

    @property
    def shows(self) -> tuple[str, ...]:
        """Sentences about what the figures show."""
        found = reading.shows(self.table, self.model, self.unit, precision=self.precision)
        lacking = {split: count for split, count in self.missing.items() if count}
        if lacking:
            found.append(
                f"Dialogues without a reply are left out ({counts(lacking)}); if they are the hard "
                "ones, the figures flatter the model."
            )
        return (caveats.scored_part(self.table), *caveats.left_out(self.table), *found)

    @property
    def limits(self) -> tuple[str, ...]:
        """Sentences about what the figures do not show."""
        few = (
            f"Anything about splits with too few replies for an interval ({counts(self.too_few)})."
        )
        return (*((few,) if self.too_few else ()), *caveats.limits())

    @property
    def grids(self) -> tuple[tables.Grid, ...]:
        """The tables that people are shown."""
        shown = (self.table, self.unit, self.precision)
        return (
            tables.emi_by_split_grid(self.table, self.model, self.unit, self.precision),
            tables.emid_grid(*shown),
            tables.parts_grid(*shown),
            tables.health_grid(*shown),
            *control_tables.grids(*shown),
            *published_tables.grids(self.table, self.precision),
        )

    def to_frame(self) -> "pd.DataFrame":
        """One row per shift: R-EMID with its interval and parts, in `unit`; nan is undefined."""
        import pandas as pd

        rows = [
            {
                "shift": row.shift,
                "n": row.emid.n,
                **columns("emid", row.emid),
                "p_holm": row.p_holm,
                "replies": row.replies.value,
                "references": row.references.value,
                "marks": ", ".join(row.marks),
            }
            for row in self.table.emid
            if row.unit == self.unit
        ]
        return pd.DataFrame(rows)

    def save(self, folder: Path | str) -> None:
        """Write table and scored pairs, as ``studies/diagnose/NAME/scores/`` has them."""
        place = Path(folder) / "scores"
        for split, own in self.scored.items():
            scores.write(place / "pairs" / f"{split.replace('/', '.')}.parquet", own)
        write(place / "table.json", indented(self.table))

    def content(self) -> dict[str, object]:
        """Return what ``--json`` says of it."""
        return {
            "model": self.model,
            "unit": self.unit,
            "table": self.table,
            "missing": dict(self.missing),
            "too_few": dict(self.too_few),
            "notes": self.notes,
            "shows": self.shows,
            "limits": self.limits,
        }

    def _repr_html_(self) -> str:
        title = f"What {self.model} loses under each shift"
        return html.fragment(title, [*self.notes, *self.shows], self.grids[:2])


def columns(name: str, estimate: Estimate) -> dict[str, float]:
    """Value and interval of an estimate as columns of a frame."""
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def counts(by_split: Mapping[str, int]) -> str:
    """List splits with their numbers."""
    return ", ".join(f"{split} {count}" for split, count in by_split.items())


def read(folder: Path, model: str = "") -> tuple[str, dict[str, ScoredSplit]]:
    """Read the scores that a diagnosis or an evaluation wrote, and which model they are of.

    Raises
    ------
    RemidError
        When there are none, or those of several models and none is named.
    """
    place = next((p for p in (folder / "scores", folder) if (p / "pairs").is_dir()), None)
    if place is None:
        raise RemidError(f"{folder}: no scores there; name a folder that `remid diagnose` wrote.")
    found = [scores.read(file) for file in sorted((place / "pairs").glob("*.parquet"))]
    models = [*dict.fromkeys(name for own in found for name in own.models)]
    if model and model not in models:
        raise RemidError(f"{folder}: no replies of {model!r}; there are {', '.join(models)}.")
    if not model and len(models) != 1:
        raise RemidError(
            f"{folder}: scores of {len(models)} models ({', '.join(models)}); name one of them."
        )
    return model or models[0], {own.split: own for own in found}
