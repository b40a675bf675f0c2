import pytest

from remid.corpus.options import card_of, items_of
from remid.corpus.sample import Profile
from remid.domain.errors import RemidError


@pytest.mark.parametrize(("text", "items"), [("last", "last"), ("every", "every"), ("3", 3)])
def test_items(text, items):
    assert items_of(text) == items


@pytest.mark.parametrize("text", ["", "0", "-1", "two", "1.5"])
def test_items_that_are_none(text):
    with pytest.raises(RemidError, match="expected last, every or a number from 1"):
        items_of(text)


def test_a_card_tells_whom_the_model_plays(json_file):
    data = {"name": "Tamsin", "description": "{{char}} pilots a ferry."}
    assert card_of(None) is None
    assert card_of(json_file({"spec": "chara_card_v2", "data": data})) == Profile(
        "Tamsin", "Tamsin\nTamsin pilots a ferry."
    )
