"""Slips in the words of users."""

import numpy as np
import pytest

from remid.domain.dialogue import Dialogue, Turn
from remid.shifts.typos import can_slip, mistyped, slips, slips_of, typos

TEN = "where does the old river flow, in\nthis cold winter"


def test_all_slips_of_a_word() -> None:
    # behind the first letter: two places swapped, one of two left out, one of two doubled
    assert slips("sea") == {"sae", "sa", "se", "seea", "seaa"}
    assert slips("aaa") == {"aa", "aaaa"}
    assert not can_slip("at") and can_slip("aaa")


@pytest.mark.parametrize(("rate", "expected"), [(1.0, 9), (0.5, 4), (0.25, 2), (0.01, 1)])
def test_the_rate_is_the_share_of_words_with_one_slip(rate: float, expected: int) -> None:
    # "in" is too short: 9 of the 10 words can slip, and round(0.5 * 9) = 4
    found = mistyped(TEN, rate=rate, rng=np.random.default_rng(0))
    pairs = list(zip(found.split(), TEN.split(), strict=True))
    changed = [(new, old) for new, old in pairs if new != old]
    assert len(changed) == expected == slips_of(9, rate)
    assert all(new in slips(old) for new, old in changed)
    assert "\n" in found


def test_only_users_slip_and_each_dialogue_by_its_own_id() -> None:
    said = (Turn("user", TEN), Turn("character", TEN), Turn("user", "so"))
    a, b = (Dialogue(id, "p", "c", said, "reply", "id_test") for id in "ab")
    both = typos([a, b], name="noise/typos", rate=0.3, seed=1)
    assert both[0].context[0] != a.context[0] and both[0].context[1:] == a.context[1:]
    assert both[0].context != both[1].context
    assert typos([b], name="noise/typos", rate=0.3, seed=1) == both[1:]
    assert (both[0].id, both[0].parents, both[0].reference) == ("noise/typos/a", ("a",), "reply")
    short = Dialogue("s", "p", "c", (Turn("user", "so"),), "reply")
    assert typos([short], name="noise/typos", rate=0.3, seed=1) == []
