"""Macros of the V3 specification."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remid.corpus.cards.macros import DEPTH, Macros


def macros(seed: int = 0) -> Macros:
    return Macros("Mi", "Ana", np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{char}} and {{user}}", "Mi and Ana"),
        ("{{ Char }}, {{USER}}, <BOT>, <user>, <Char>", "Mi, Ana, Mi, Ana, Mi"),
        ("{{random_user_12}}", "Ana"),
        ("a{{// a note }}b{{//c}}", "ab"),
        ("a{{comment: shown elsewhere}}b{{hidden_key:lamp}}", "ab"),
        ("{{reverse:lamp}}", "pmal"),
        ("{{reverse:{{char}}}}", "iM"),
        ("{{// {{char}} and {{time}} }}x", "x"),
        ("{{random:same}}, {{pick: same }}, {{random::same}}", "same, same, same"),
        ("{{roll:1}} {{roll:d1}} {{roll: D1 }} {{roll:3d1+4}} {{roll 1}}", "1 1 1 7 1"),
        ("{ {char}} {{char} } {{char", "{ {char}} {{char} } {{char"),
        ("}} {{}} {{ }}", "}} {{}} {{ }}"),
    ],
)
def test_what_a_macro_becomes(text: str, filled: str) -> None:
    assert macros().fill(text) == filled


def test_a_comma_behind_a_backslash_parts_nothing() -> None:
    drawn = {macros(seed).fill("{{random:a\\,b,c}}") for seed in range(30)}
    assert drawn == {"a,b", "c"}


def test_options_may_hold_macros_and_be_parted_twice() -> None:
    drawn = {macros(seed).fill("{{random::{{char}}, dear::{{user}}}}") for seed in range(30)}
    assert drawn == {"Mi, dear", "Ana"}


def test_pick_stays_and_random_moves() -> None:
    own = macros()
    picked = {own.fill("{{pick:a,b,c,d,e,f}}") for _ in range(30)}
    drawn = {own.fill("{{random:a,b,c,d,e,f}}") for _ in range(60)}
    assert len(picked) == 1 and drawn == set("abcdef")


def test_a_roll_is_uniform_over_its_sides() -> None:
    own = macros()
    rolls = [int(own.fill("{{roll:d6}}")) for _ in range(600)]
    assert set(rolls) == {1, 2, 3, 4, 5, 6}
    assert abs(np.mean(rolls) - 3.5) < 5 * np.sqrt(35 / 12 / 600)  # five standard errors


def test_the_same_seed_draws_the_same() -> None:
    text = "{{roll:1000}} {{random:a,b,c}}"
    assert macros(7).fill(text) == macros(7).fill(text)
    assert len({macros(seed).fill(text) for seed in range(5)}) > 1


def test_what_is_no_macro_of_the_specification_is_left_and_counted() -> None:
    own = macros()
    text = "{{time}} {{Time}} {{original}} {{roll:0}} {{roll:many}} {{random}} {{getvar::x}}"
    assert own.fill(text) == text
    assert own.left == {"time": 2, "original": 1, "roll": 2, "random": 1, "getvar": 1}


def test_a_left_macro_inside_another_does_not_keep_it() -> None:
    own = macros()
    assert own.fill("{{random:{{time}}}}") == "{{time}}"


def test_names_are_not_read_again() -> None:
    own = Macros("{{user}}", "{{char}}", np.random.default_rng(0))
    assert own.fill("{{char}}{{user}}") == "{{user}}{{char}}"


def test_deep_nesting_costs_little() -> None:
    text = "{{reverse:" * 100_000 + "x" + "}}" * 100_000
    filled = macros().fill(text)
    assert filled.count("{{reverse:") == 100_000 - DEPTH


@given(st.text(alphabet="{}:,/d1 ac\n<>r", max_size=60))
def test_no_text_fails(text: str) -> None:
    filled = macros().fill(text)
    assert isinstance(filled, str)


@given(st.text().filter(lambda text: not set(text) & set("{}<>")))
def test_text_without_macros_stays(text: str) -> None:
    own = macros()
    assert own.fill(text) == text and not own.left
