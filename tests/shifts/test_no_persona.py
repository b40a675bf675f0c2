"""Users of whom nothing is known."""

from dataclasses import replace

from remid.domain.dialogue import Dialogue, Turn
from remid.shifts.no_persona import no_persona


def test_the_persona_alone_is_taken_away() -> None:
    known = Dialogue("d", "Nora", "c", (Turn("user", "x"),), "y", "id_test", trace="t")
    (found,) = no_persona([known, replace(known, id="e", persona="")], name="user/unknown")
    assert found == replace(
        known,
        id="user/unknown/d",
        persona="",
        split="user/unknown",
        trace="",
        parents=("d",),
    )
