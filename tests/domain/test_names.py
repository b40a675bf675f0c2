"""Names cannot leave their folder."""

from pathlib import Path

import pytest

from remid.domain.errors import RemidError
from remid.domain.names import LONGEST, folder_name
from remid.store.layout import Layout

BAD = [
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "/abs",
    "a\\b",
    ".hidden",
    "-flag",
    "con",
    "NUL.txt",
    "a b",
    "a\n",
    "a\0b",
    "\u202eevil",
    "x" * (LONGEST + 1),
]


@pytest.mark.parametrize("name", ["base", "my-model", "v1.2_a", "sft@1", "x" * LONGEST])
def test_a_plain_name_stays_as_it_is(name: str) -> None:
    assert folder_name(name) == name


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("place", ["model", "replies"])
def test_no_other_becomes_a_path(name: str, place: str) -> None:
    with pytest.raises(RemidError, match="cannot name a model; use at most 100 letters"):
        getattr(Layout(Path("project")), place)(name)
