"""The constructions of shifts from id_test, by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from remid.domain.dialogue import Dialogue
from remid.domain.shift import Builder, Shift
from remid.shifts.code_switch import code_switch
from remid.shifts.composition import turn_level, word_level
from remid.shifts.depth import depth
from remid.shifts.no_persona import no_persona
from remid.shifts.typos import typos


@dataclass(frozen=True)
class Material:
    """What shifts are built of."""

    id_test: Sequence[Dialogue]
    """Their parents: never dialogues of id_train, since a parent in training would leak."""
    others: Sequence[Dialogue]
    """Dialogues of the shifts that were not built, which code_switch takes turns of."""
    seed: int


Build = Callable[[Material, Shift], list[Dialogue]]


def _rate(shift: Shift) -> float:
    assert shift.rate is not None  # remid.params.shifts refuses a declaration without one
    return shift.rate


def _depth(given: Material, shift: Shift) -> list[Dialogue]:
    assert shift.turns is not None
    return depth(given.id_test, name=shift.name, turns=shift.turns)


BUILDERS: dict[Builder, Build] = {
    "turn_level": lambda given, shift: turn_level(given.id_test, name=shift.name),
    "word_level": lambda given, shift: word_level(
        given.id_test, name=shift.name, rate=_rate(shift), seed=given.seed
    ),
    "depth": _depth,
    "typos": lambda given, shift: typos(
        given.id_test, name=shift.name, rate=_rate(shift), seed=given.seed
    ),
    "code_switch": lambda given, shift: code_switch(
        given.id_test, given.others, name=shift.name, seed=given.seed
    ),
    "no_persona": lambda given, shift: no_persona(given.id_test, name=shift.name),
}
"""What `build` may be in the declaration; `remid.checks.construction` has a proof for each."""
