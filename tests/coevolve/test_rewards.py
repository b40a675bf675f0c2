"""Rewards against values computed by hand."""

import math

import pytest

from remid.coevolve import rewards

WHOLE = "## User\na\n## Character\nb\n## Dialogue\nc\n## Features\n- one two\n- three four five"


def test_trace_format_gives_half_for_headings_and_half_for_the_block() -> None:
    no_block = WHOLE.split("- one")[0]
    no_headings = "## Features\n- one"
    block_not_last = "## Features\n- one\n## User\na\n## Character\nb\n## Dialogue\nc"
    assert rewards.trace_format([WHOLE, no_block, no_headings, block_not_last, ""]) == [
        1.0,
        0.5,
        0.5,
        0.5,
        0.0,
    ]


def test_trace_length_counts_the_words_of_the_block() -> None:
    # 2 + 3 words over targets of 10 and 4
    assert rewards.trace_length([WHOLE], feature_words=10) == [0.5]
    assert rewards.trace_length([WHOLE], feature_words=4) == [1.0]
    assert rewards.trace_length(["no block"], feature_words=4) == [0.0]


def test_likelihood_is_the_inverse_perplexity() -> None:
    # two tokens of probability 1/2 and 1/8: mean log = -2 log 2, so 1/4
    mean = (math.log(1 / 2) + math.log(1 / 8)) / 2
    assert rewards.likelihood([mean, -math.inf]) == [pytest.approx(0.25), 0.0]
