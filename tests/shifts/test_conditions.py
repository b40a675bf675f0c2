"""What holds for a dialogue, one kind of condition after the other."""

from datetime import date

import pytest

from remid.domain.dialogue import Dialogue, Turn
from remid.domain.shift import Condition, Period, Span
from remid.shifts.conditions import day_of, holds, length

SAID = (Turn("user", "Bonjour"), Turn("character", "Oui?"), Turn("user", "Rien"))
TAGS = {"kind": "villain", "source": "logs/june.jsonl", "date": "2025-06-03 @15h 20m"}
ONE = Dialogue("d", "Nora, a nurse", "Dr. Moreau", SAID, "Bien.", language="fr-CA", tags=TAGS)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition(), True),
        (Condition(language=("de", "fr")), True),
        (Condition(language=("FR-ca",)), True),
        (Condition(language=("fr-FR",)), False),
        (Condition(language=("f",)), False),
        (Condition(tags=(("kind", ("hero", "villain")),)), True),
        (Condition(tags=(("kind", ("hero",)),)), False),
        (Condition(tags=(("kind", ()),)), False),
        (Condition(tags=(("mood", ()),)), True),
        (Condition(tags=(("mood", ("bad",)),)), False),
        (Condition(source=("*.csv", "logs/*")), True),
        (Condition(source=("*.csv",)), False),
        (Condition(persona="NURSE"), True),
        (Condition(persona="^nurse"), False),
        (Condition(character=r"^dr\."), True),
        (Condition(turns=Span(2, 2)), True),
        (Condition(turns=Span(3)), False),
        (Condition(length=Span(15, 15)), True),  # 7 + 4 + 4
        (Condition(length=Span(None, 14)), False),
        (Condition(time=Period(date(2025, 6, 3), date(2025, 6, 4))), True),
        (Condition(time=Period(None, date(2025, 6, 3))), False),
        (Condition(language=("fr",), persona="doctor"), False),
    ],
)
def test_a_condition_holds_where_all_that_it_says_does(
    condition: Condition, expected: bool
) -> None:
    assert holds(condition, ONE) is expected


@pytest.mark.parametrize(
    ("tags", "day"),
    [
        ({"timestamp": "1751328000"}, date(2025, 7, 1)),  # 20270 days of 86,400 s
        ({"timestamp": "1751328000000"}, date(2025, 7, 1)),
        ({"create_date": "2024-3-5"}, date(2024, 3, 5)),
        ({"date": "2025-13-01", "created_at": "2025-01-02T03:04:05Z"}, date(2025, 1, 2)),
        ({"date": "yesterday"}, None),
        ({"date": "nan"}, None),
        ({}, None),
    ],
)
def test_days_as_sources_write_them(tags: dict[str, str], day: date | None) -> None:
    dialogue = Dialogue("d", "", "c", SAID, "y", tags=tags)
    assert day_of(dialogue) == day
    assert holds(Condition(time=Period(date(2000, 1, 1))), dialogue) is (day is not None)
    assert length(dialogue) == 15
