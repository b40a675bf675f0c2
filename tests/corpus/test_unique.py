from pathlib import Path

import pytest

from remid.corpus.unique import Unique
from remid.domain.errors import RemidError


def test_an_id_used_again_names_both_places():
    with Unique(Path("f")) as unique:
        unique.add("a", "line 1")
        unique.add("A", "line 2")
        unique.add("a\0", "line 3")
        unique.add("\ud800", "line 4")
        with pytest.raises(RemidError, match="f, line 5, field id: 'a' was already used at line 1"):
            unique.add("a", "line 5")


def test_an_id_used_again_is_numbered_past_those_that_are_taken():
    with Unique(Path("f")) as unique:
        given = ["a", "a#2", "a", "b", "a", "a#3", "b"]
        found = [unique.fresh(id, f"line {k}") for k, id in enumerate(given)]
    assert found == ["a", "a#2", "a#3", "b", "a#4", "a#3#2", "b#2"]
    assert len(set(found)) == len(given)
