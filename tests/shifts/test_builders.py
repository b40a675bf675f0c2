"""Every name that the declaration takes is built, under the name of the shift."""

from typing import get_args

from remid.domain.dialogue import Dialogue, Turn
from remid.domain.shift import Builder, Shift
from remid.shifts.builders import BUILDERS, Material
from remid.shifts.composition import turn_level, word_level

SAID = (Turn("user", "one two three"), Turn("character", "four"), Turn("user", "five six"))
PAIR = [Dialogue(id, "p", "c", SAID, f"reply {id}", "id_test") for id in "ab"]


def test_the_declarations_words_are_those_that_are_built() -> None:
    assert set(get_args(Builder)) == set(BUILDERS)


def test_rates_and_names_are_the_shifts() -> None:
    given = Material(PAIR, (), seed=3)
    own = Shift("order/half", build="word_level", rate=0.5)
    found = BUILDERS["word_level"](given, own)
    assert found == word_level(PAIR, rate=0.5, seed=3, name="order/half")
    assert {d.split for d in found} == {"order/half"}
    joined = BUILDERS["turn_level"](given, Shift("length/joined", build="turn_level"))
    assert joined == turn_level(PAIR, name="length/joined")
    assert joined[0].id == "length/joined/a+b"
