"""The exact identity: its parts add up on every kind of world."""

import numpy as np
import pytest

from remid.information.worlds.exact import decompose, enumerated_bounds
from remid.information.worlds.kinds import WORLDS, xor_world


@pytest.mark.parametrize("name", WORLDS)
def test_the_parts_add_up_to_emid(name: str) -> None:
    world = WORLDS[name](np.random.default_rng(1))
    parts = decompose(world)
    assert parts.mismatch + parts.covariate + parts.concept == pytest.approx(parts.emid, abs=1e-12)


def test_the_published_bound_misses_what_dependence_alone_costs() -> None:
    # Marginals are uniform on both sides, so every factor's JS is 0, and replies stay uniform.
    found = enumerated_bounds(xor_world())
    assert found.parts.emid == pytest.approx(0.75 * np.log(2))
    assert found.paper == pytest.approx(0, abs=1e-6)
    assert found.joint >= found.parts.emid
