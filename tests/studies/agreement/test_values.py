"""Ratings of one row, in whatever shape."""

import pytest

from remid.studies.agreement.values import OVERALL, ratings


def found(row: dict[str, object], *fields: str) -> list[tuple[str, str, float]]:
    return [tuple(r) for r in ratings(row, list(fields), frozenset())]


@pytest.mark.parametrize(
    ("value", "number"),
    [(4, 4.0), ("3,5", 3.5), ("4/5", 4.0), ("2 stars", 2.0), ("5 - very good", 5.0), (True, 1.0)],
)
def test_numbers_as_people_write_them(value: object, number: float) -> None:
    assert found({"rating": value}) == [(OVERALL, "", number)]


def test_a_list_is_one_rating_a_rater() -> None:
    assert found({"rating": [1, 2]}) == [(OVERALL, "1", 1.0), (OVERALL, "2", 2.0)]


def test_a_map_of_aspects_names_what_was_rated() -> None:
    assert found({"ratings": {"fluency": 3, "overall": 4}}) == [
        ("fluency", "", 3.0),
        ("overall", "", 4.0),
    ]


def test_a_field_by_its_path() -> None:
    assert found({"a": {"b": [{"c": 2}]}}, "a.b.0.c") == [(OVERALL, "", 2.0)]


def test_text_that_is_no_number_is_no_rating() -> None:
    assert found({"rating": "good"}) == [] and found({"rating": float("inf")}) == []
