"""The project's own schema in other containers."""

from pathlib import Path

import pytest

from remid.corpus.containers.record import Record
from remid.corpus.readers import own
from remid.domain.errors import RemidError

DIALOGUE = {
    "id": "a",
    "persona": "p",
    "character": "c",
    "context": [{"role": "user", "text": "hi"}],
    "reference": "hello",
    "tags": {"topic": "sea", "absent": None},
}


def test_tags_that_are_null_are_absent() -> None:
    (found,) = own.samples(Path("a.parquet"), iter([Record("row 1", DIALOGUE)]))
    assert found.dialogue is not None and found.dialogue.tags == {"topic": "sea"}


def test_a_broken_record_is_an_error_with_its_place() -> None:
    with pytest.raises(RemidError, match="a.json, line 3: cut off; get the file again"):
        list(own.samples(Path("a.json"), iter([Record("line 3", fault="cut off")])))


def test_how_surely_a_record_is_its_own() -> None:
    assert own.score(DIALOGUE) == 1 and own.score("text") == 0
    assert own.score({"id": "a", "persona": "p"}) == pytest.approx(0.5 * 2 / 5)
