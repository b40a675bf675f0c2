"""Arrays that hold what cannot be computed with name the rows at fault."""

import numpy as np
import pytest

from remid.domain.errors import RemidError
from remid.information.arrays import finite, listed


def test_finite_values_come_back_as_float64() -> None:
    found = finite([[1, 2], [3, 4]], name="scores")
    assert found.dtype == np.float64 and found.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_the_rows_at_fault_are_named_with_what_they_hold() -> None:
    values = [[0.0, 1.0], [np.nan, 1.0], [0.0, -np.inf]]
    with pytest.raises(RemidError, match="scores must be finite, but dialogue 1, 2 holds nan"):
        finite(values, name="scores", rows="dialogue")


def test_minus_infinity_is_told_as_probability_0() -> None:
    with pytest.raises(RemidError, match=r"row 0 holds -inf \(probability 0\)"):
        finite([-np.inf, 1.0], name="scores")


def test_of_many_rows_ten_are_listed() -> None:
    assert listed(np.arange(3)) == "0, 1, 2"
    assert listed(np.arange(12)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"
