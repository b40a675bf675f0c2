"""What each training gave, beside the averages."""

from collections.abc import Mapping, Sequence

from remid.domain.estimate import Unit
from remid.report.tables import Grid


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
