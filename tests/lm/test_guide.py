"""Traces keep their form whatever the reasoner writes."""

from collections.abc import Iterable
from itertools import chain, cycle, repeat

import pytest

from remid.domain.trace import parse_trace
from remid.lm.guide import LOOP, MOST_FEATURES, SECTION_SHARE, TraceGuide


@pytest.fixture
def chat(tiny_lm):
    return tiny_lm("chatml").chat


def written(chat, drawn: Iterable[int], room: int = 128) -> str:
    guide, tokens, ids = TraceGuide(chat, room), iter(drawn), []
    while len(ids) < room:
        token = guide.take(next(tokens), [chat.end_of_turn])
        if token == chat.end_of_turn:
            break
        ids.append(token)
    return chat.decode(ids)


def test_a_reasoner_that_loops_still_writes_a_whole_trace(chat) -> None:
    trace = parse_trace(written(chat, cycle(chat.content("the sea and the old house "))))
    assert trace.well_formed
    most = int(SECTION_SHARE * 128)
    for text in list(trace.sections.values())[:3]:
        assert 0 < len(chat.content(text)) <= most


def test_a_loop_ends_its_section_at_its_second_round(chat) -> None:
    phrase = chat.content("one two three four five six seven ")
    first = written(chat, cycle(phrase), room=400).split("## ")[1]
    assert len(chat.content(first)) < 2 * len(phrase) + LOOP + 8


def test_a_line_ends_its_section(chat) -> None:
    """The first three sections are one paragraph each."""
    text = written(chat, cycle(chat.content("bees.\n")), room=400)
    for body in [*parse_trace(text).sections.values()][:3]:
        assert "\n" not in body


def test_a_feature_is_said_once_and_there_are_few(chat) -> None:
    text = written(chat, cycle(chat.content("x\n")), room=400)
    assert text.count("- x") <= 2
    many = chain(chat.content("a\nb\nc\n"), *(chat.content(f"- f {k}\n") for k in range(40)))
    features = parse_trace(written(chat, chain(many, repeat(chat.end_of_turn)), room=900)).features
    assert len(features) <= MOST_FEATURES


def test_a_reasoner_that_says_nothing_is_not_well_formed(chat) -> None:
    text = written(chat, repeat(chat.end_of_turn))
    assert not parse_trace(text).well_formed
    assert text.count("## ") == 4


def test_the_reasoners_own_words_stand_as_they_are(chat) -> None:
    """Tokens that keep the form are written exactly as they were drawn."""
    words = chat.content("wants comfort and a plain answer")
    text = written(chat, chain(repeat(words[0], 0), *repeat(words, 40)), room=200)
    assert "wants comfort and a plain answer" in text
