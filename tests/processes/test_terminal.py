"""Nothing that servers, names and files say is obeyed by a terminal."""

import io
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tqdm import tqdm

from remid.domain.errors import RemidError
from remid.guard import guarded
from remid.processes.terminal import Lines, Printable, printable

CLEAR, TITLE = "\x1b[2J", "\x1b]0;owned\x07"


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_is_left_that_a_terminal_obeys(text: str) -> None:
    shown = printable(text)
    assert not any(ord(c) < 32 and c not in "\t\n" or 127 <= ord(c) < 160 for c in shown)
    shown.encode()  # a lone surrogate would raise
    assert printable(shown) == shown
    if text.isalnum():
        assert shown == text


def test_a_users_mistake_is_told_without_what_it_hides(capsys: pytest.CaptureFixture[str]) -> None:
    def mistake() -> None:
        raise RemidError(f"{CLEAR}file{TITLE}: is no \u202ename.")

    assert guarded("reply", mistake) == 2
    told = capsys.readouterr().err
    assert told == "remid reply: \\x1b[2Jfile\\x1b]0;owned\\x07: is no \\u202ename.\n"


def test_colours_pass_to_standard_output_and_nothing_else() -> None:
    under = io.StringIO()
    stream = Printable(under)
    stream.write(f"\x1b[1;31mred\x1b[0m {CLEAR}{TITLE}\r\n")
    assert under.getvalue() == "\x1b[1;31mred\x1b[0m \\x1b[2J\\x1b]0;owned\\x07\r\n"


def logged(name: str, level: int, text: str) -> None:
    logger = logging.Logger(name)
    logger.addHandler(Lines())
    logger.log(level, text)


def test_a_library_reports_no_steps_and_a_line_leaves_the_bar_whole(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with tqdm(total=2, desc="replies", file=sys.stderr, mininterval=0) as bar:
        logged("httpx2", logging.INFO, "HTTP Request: POST http://x")
        logged("somebody", logging.INFO, "step")
        logged("somebody.else", logging.WARNING, "careful")
        logged("remid.pipeline.reply", logging.INFO, f"one{CLEAR}")
        bar.update(2)
    told = capsys.readouterr().err
    assert "HTTP" not in told and "step" not in told
    # Each of the two stands at the start of a line that the bar has left.
    assert "\rcareful\n" in told and "\rone\\x1b[2J\n" in told
    assert "100%" in told.splitlines()[-1]
