"""Array types of the room, and the check that names the rows at fault."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remid.domain.errors import RemidError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

NAMED_ROWS = 10


def finite(values: ArrayLike, *, name: str, rows: str = "row") -> FloatArray:
    """`values` as float64, or an error that names the rows holding nan or an infinity."""
    array = np.asarray(values, dtype=np.float64)
    bad = ~np.isfinite(array)
    wrong = np.flatnonzero(bad.any(axis=tuple(range(1, array.ndim))))
    if wrong.size:
        first = array[wrong[0]].ravel()
        value = first[~np.isfinite(first)][0]
        cause = " (probability 0)" if value == -np.inf else ""
        raise RemidError(
            f"{name} must be finite, but {rows} {listed(wrong)} holds {value}{cause}: "
            "score it again, or leave the dialogue out of every model's scores."
        )
    return array


def listed(rows: IntArray) -> str:
    """The first rows by number, and how many more there are."""
    named = ", ".join(str(row) for row in rows[:NAMED_ROWS])
    return named if rows.size <= NAMED_ROWS else f"{named} and {rows.size - NAMED_ROWS} more"
