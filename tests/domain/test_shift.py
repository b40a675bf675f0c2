"""Conditions, what they take over from ID, and the declaration that is shipped."""

from datetime import date

from declared import ALL_SPLITS, BUILT, DECLARATION, TEST_SPLITS

from remid.domain.shift import Condition, Declaration, Period, Shift, Span, primary

PAPER = (
    *(f"user/{kind}" for kind in ("german", "spanish", "chinese", "japanese", "korean")),
    *(f"character/{kind}" for kind in ("literature", "film_tv", "theater", "gaming")),
    *BUILT,
)


def test_the_shipped_declaration_is_the_papers_eleven_and_their_users_in_english() -> None:
    background = [name.replace("user/", "background/") for name in PAPER[:5]]
    assert ALL_SPLITS == ("id_train", "id_test", *PAPER, *background)
    assert TEST_SPLITS == ALL_SPLITS[1:]
    assert DECLARATION.built == set(BUILT)
    assert DECLARATION.languages == ("de", "en", "es", "ja", "ko", "zh")
    assert [DECLARATION.condition(name).language for name in PAPER[:3]] == [
        ("de",),
        ("es",),
        ("zh",),
    ]
    (gaming,) = [s for s in DECLARATION.shifts if s.name == "character/gaming"]
    assert gaming.factor == "character"
    # what it does not name is as on ID
    assert DECLARATION.condition(gaming.name) == Condition(
        language=("en",), tags=(("character_kind", ("gaming",)),), turns=Span(4, 4)
    )


def test_a_condition_takes_over_what_it_does_not_say() -> None:
    of_id = Condition(("en",), (("kind", ()), ("mood", ("calm",))), persona="nurse")
    own = Condition(("fr",), (("kind", ("villain",)),), turns=Span(5))
    assert own.within(of_id) == Condition(
        ("fr",), (("kind", ("villain",)), ("mood", ("calm",))), persona="nurse", turns=Span(5)
    )
    assert Condition().within(of_id) == of_id


def test_ends_of_spans_and_periods() -> None:
    assert [n in Span(2, 4) for n in (1, 2, 4, 5)] == [False, True, True, False]
    assert 10**9 in Span(2) and 0 in Span() and 3 not in Span(None, 2)
    year = Period(date(2025, 1, 1), date(2026, 1, 1))
    days = (date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1))
    assert [day in year for day in days] == [False, True, True, False]


def test_a_declaration_without_shifts_has_id() -> None:
    assert Declaration().splits == ("id_train", "id_test")
    assert Declaration((Shift("mood/angry"),)).condition("mood/angry") == Condition()
    assert Declaration().get("id_test") is None
    assert primary("zh-Hant-TW") == "zh"
