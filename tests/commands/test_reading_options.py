import argparse

import pytest

from remid.commands import reading_options
from remid.corpus.options import Mapping, Options
from remid.domain.errors import RemidError


def read(*words):
    parser = argparse.ArgumentParser()
    reading_options.add(parser)
    return reading_options.of(parser.parse_args(words))


def test_nothing_said_is_the_default():
    assert read() == Options()


def test_everything_said_is_passed_on():
    found = read(
        "--encoding", "cp1252", "--persona", "p", "--character", "c", "--language", "de",
        "--items", "4", "--strict", "--turns", "a.b", "--role", "r", "--text", "t", "--user", "x",
        "--user", "y",
    )  # fmt: skip
    assert found == Options(
        encoding="cp1252", persona="p", character="c", language="de", items=4, strict=True,
        mapping=Mapping("a.b", "r", "t", ("x", "y")),
    )  # fmt: skip
    assert read("--format", "chat", "--user", "x").mapping == Mapping("", user=("x",))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--role", "r"], "--role says something about the turns; .* --turns"),
        (["--text", "r", "--user", "x"], "--text says something about the turns"),
        (["--turns", "a", "--format", "chat"], "pass one of them"),
        (["--items", "few"], "--items few: expected last"),
    ],
)
def test_what_does_not_go_together(words, message):
    with pytest.raises(RemidError, match=message):
        read(*words)
