"""What is expected of a split's size and of the length of its replies."""

import pytest
from declared import DECLARATION

from remid.checks import expectations
from remid.checks.facts import of_split
from remid.checks.limits import Limits
from remid.domain.dialogue import Dialogue

Splits = dict[str, list[Dialogue]]


def named(split: str, splits: Splits, limits: Limits) -> dict[str, object]:
    facts = of_split(split, splits, DECLARATION, leaks={}, shared_ids={}, limits=limits)
    chosen = expectations.split_expectations(split, facts, splits, limits)
    return {each.name: each.expectation for each in chosen}


def test_a_shift_has_about_as_many_dialogues_as_its_factors_others(
    clean: Splits, limits: Limits
) -> None:
    splits = {**clean, "user/german": clean["user/german"] * 3}
    rows = named("user/german", splits, limits)[expectations.BALANCE]
    # four user shifts of 4 and one of 12: the median is 4, and the ratio 2
    assert (rows.min_value, rows.max_value) == (2, 8)
    assert expectations.BALANCE not in named("id_test", splits, limits)


def test_quartiles_of_reply_lengths_beside_those_of_id(clean: Splits, limits: Limits) -> None:
    near = named("user/german", clean, limits)[expectations.REPLY_LENGTH]
    sizes = sorted(len(d.reference.encode()) for d in clean["id_test"])
    middle = sizes[1:3]  # the nearest to the median of four
    low, high = near.quantile_ranges["value_ranges"][1]
    assert low * 1.6 in [pytest.approx(size) for size in middle]
    assert high / low == pytest.approx(1.6**2)
    assert expectations.REPLY_LENGTH not in named("id_test", clean, limits)


def test_every_rule_is_an_expectation(clean: Splits, limits: Limits) -> None:
    facts = of_split("id_train", clean, DECLARATION, leaks={}, shared_ids={}, limits=limits)
    assert set(facts.rules) <= set(named("id_train", clean, limits))
