"""What readers yield, and where a conversation is cut."""

from pathlib import Path

import msgspec
import pytest

from remid.corpus.sample import as_text, converted, last_exchange, malformed, turn
from remid.domain.dialogue import Turn
from remid.domain.errors import RemidError


def turns(text: str) -> list[Turn]:
    """``ucu`` to a turn of the user, one of the character, one of the user."""
    return [Turn("user" if s == "u" else "character", f"{k}") for k, s in enumerate(text)]


@pytest.mark.parametrize(
    ("said", "context", "reply", "after"),
    [("ucuc", 3, "3", 0), ("ucu", 1, "1", 1), ("cucc", 2, "2", 1), ("ccu", 0, "", 3)],
)
def test_cut_at_the_last_reply_to_a_user(said: str, context: int, reply: str, after: int) -> None:
    found = last_exchange(turns(said))
    assert (len(found.context), found.reference, len(found.after)) == (context, reply, after)


def test_tags_keep_text_as_it_is_and_the_rest_as_json() -> None:
    assert as_text("größe") == "größe"
    assert as_text({"ö": [1, None]}) == '{"ö": [1, null]}'


def test_a_turn_loses_the_blanks_around_it() -> None:
    assert turn("user", " hi\n") == Turn("user", "hi")


def test_a_mismatch_names_file_place_and_field() -> None:
    with pytest.raises(
        RemidError, match=r"a.json, line 3, field \$\[1\]: Expected `int`, got `str`"
    ):
        converted([1, "x"], list[int], path=Path("a.json"), where="line 3")


def test_faults_of_depth_and_encoding_are_said_in_words() -> None:
    assert "nested too deeply" in str(malformed(Path("a"), "row 1", RecursionError()))
    error = UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
    assert "a, row 1: not valid UTF-8" in str(malformed(Path("a"), "row 1", error))
    assert issubclass(msgspec.ValidationError, Exception)
