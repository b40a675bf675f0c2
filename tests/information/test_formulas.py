"""The bounds' formulas, by hand."""

import numpy as np
import pytest

from remid.information.formulas import joint_bound, paper_bound, scaled_bound


def test_the_paper_bound_by_hand() -> None:
    # sqrt(2/2) * 3 * (sqrt(0.04) + sqrt(0.09)) + 8 * 0.0016^(1/4) = 3 * 0.5 + 8 * 0.2 = 3.1
    found = paper_bound(np.array(3.0), np.array([0.04, 0.09]), np.array(0.0016))
    assert float(found) == pytest.approx(3.1)


def test_the_joint_bound_by_hand() -> None:
    # 0.1 + 2 * sqrt(2 * 0.02) = 0.1 + 2 * 0.2 = 0.5
    assert float(joint_bound(np.array(0.1), 2.0, np.array(0.02))) == pytest.approx(0.5)


def test_moved_inputs_cost_no_more_than_the_oscillation() -> None:
    # JS = log 2: sqrt(2 log 2) = 1.18, and a total variation is at most 1.
    assert float(joint_bound(np.array(0.0), 2.0, np.array(np.log(2)))) == 2.0


def test_the_scaled_bound_by_hand() -> None:
    # 0.2 + 0.3 + 0.0001^(1/4) + 0.0016^(1/4) = 0.5 + 0.1 + 0.2
    found = scaled_bound(np.array([0.04, 0.09]), np.array(0.0001), np.array(0.0016))
    assert float(found) == pytest.approx(0.8)
