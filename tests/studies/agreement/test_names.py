"""Names of fields in files of ratings."""

from remid.studies.agreement import names


def test_names_are_compared_in_one_way() -> None:
    assert names.plain(" Rater-ID ") == "rater_id"
    assert names.with_plain_names({"A b": 1, "a_b": 2}) == {"a_b": 1}


def test_the_first_that_holds_something() -> None:
    assert names.first({"score": None, "rating": 3}, names.RATING) == "rating"
    assert names.first({}, names.RATING) == ""


def test_columns_of_raters_and_what_they_rated() -> None:
    assert names.rater_in("rater_1") is not None and names.rater_in("fluency") is None


def test_counters_and_places_are_no_ratings() -> None:
    assert names.may_be_rated("fluency")
    assert not any(map(names.may_be_rated, ("index", "turn_number", "n_tokens", "bleu_4", "seed")))
