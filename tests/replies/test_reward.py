"""Rewards of replies against values computed by hand."""

import math

import pytest

from remid.replies import reward


def test_relative_is_one_from_the_reference_on() -> None:
    values = reward.relative([-1.0, -2.0, -3.0], [-2.0, -2.0, -2.0])
    assert values == [1.0, 1.0, pytest.approx(math.exp(-1))]


def test_relative_is_one_where_the_candidate_is_as_good() -> None:
    values = reward.relative([math.log(0.2), math.log(0.8)], [math.log(0.4), math.log(0.4)])
    assert values == [pytest.approx(0.5), 1.0]


def test_reply_format_wants_one_finished_utterance() -> None:
    texts = ["Well met.", "Well met.", "one\n\ntwo", "## User\nx", "  "]
    finished = [True, False, True, True, True]
    assert reward.reply_format(texts, finished) == [1.0, 0.0, 0.0, 0.0, 0.0]
