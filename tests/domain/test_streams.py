"""Streams keep the numbers that published figures were drawn with."""

import re
from pathlib import Path

import numpy as np
import pytest

from remid.domain.streams import Stream, generator

SOURCE = Path(__file__).parents[2] / "src"


@pytest.mark.parametrize(
    ("stream", "parts", "key"),
    [
        (Stream.ID_SPLIT, (), [7, 1]),
        (Stream.HELD_OUT, (), [7, 3]),
        (Stream.SPLIT_ORDER, ("ab",), [7, 97, 98]),  # "ab" in ASCII
        (Stream.WORD_ORDER, ("é",), [7, 0xC3, 0xA9]),  # "é" in UTF-8
    ],
)
def test_a_stream_is_the_seed_its_number_and_what_tells_its_draws_apart(
    stream: Stream, parts: tuple[str, ...], key: list[int]
) -> None:
    drawn = generator(7, stream, *parts).integers(2**31, size=4)
    assert drawn.tolist() == np.random.default_rng(key).integers(2**31, size=4).tolist()


def test_a_stream_starts_anew_whenever_it_is_asked_for() -> None:
    first, second = (generator(7, Stream.HELD_OUT).permutation(20) for _ in range(2))
    assert first.tolist() == second.tolist()


def test_no_two_purposes_share_a_stream() -> None:
    """Where a text alone tells a stream, it is no number: it has at least one letter."""
    assert len({stream.value for stream in Stream}) == len(Stream.__members__)
    keys = {
        stream: tuple(generator(7, stream, "id_test", 1).integers(2**62, size=2))
        for stream in Stream
        if stream.value > 0
    }
    assert len(set(keys.values())) == len(keys)


def test_negative_pairs_do_not_follow_the_order_of_the_split() -> None:
    order = generator(7, Stream.SPLIT_ORDER, "id_test").permutation(50)
    assert order.tolist() != generator(7, Stream.NEGATIVE_PAIRS, "id_test").permutation(50).tolist()


def test_no_other_place_seeds_a_generator_of_numpys() -> None:
    found = [
        str(file.relative_to(SOURCE))
        for file in sorted(SOURCE.rglob("*.py"))
        if re.search(r"default_rng|RandomState", file.read_text(encoding="utf-8"))
    ]
    assert found == ["remid/domain/streams.py"]
