"""Scores through files, units and parts, with the arithmetic in sight."""

from pathlib import Path

import numpy as np
import pytest
from small_scores import CYCLE

from remid.domain.dialogue import REFERENCE
from remid.domain.errors import RemidError
from remid.evaluation import scored
from remid.evaluation.scored import Counts, ScoredSplit, Source

PAIRS = np.array([[0, 1], [1, 0]])


def example() -> ScoredSplit:
    return ScoredSplit(
        split="id_test",
        ids=("a", "b"),
        clusters=("x", "y"),
        pairs=PAIRS,
        sources={
            REFERENCE: Source(
                positive=(np.array([-0.5, -1.5]), np.array([-1.0, -2.0, -2.0, -1.0])),
                negative=(np.array([-2.0, -2.0, -2.0, -2.0]), np.array([-1.0, -3.0])),
                copied=(np.array([True, False]), np.array([False, True, True, False])),
                shuffled=np.array([[-3.0, -2.0], [-2.5, -2.5]]),
            ),
            "base": Source(
                positive=(np.array([-1.0, -1.0, -1.0]), np.array([-3.0])),
                negative=(np.array([-5.0]), np.array([-2.0, -2.0, -2.0])),
                copied=(np.zeros(3, bool), np.zeros(1, bool)),
                shuffled=np.array([[-1.0, -1.0], [-3.0, -3.0]]),
            ),
        },
        counts=Counts(missing=1, too_long=2, alone=3, traces=2, formed=1, reply_tokens=4),
    )


def test_per_token_divides_by_the_tokens_of_the_reply_not_of_the_context() -> None:
    scores = example().scores(REFERENCE, "nats_per_token")
    assert scores.positive.tolist() == [-1.0, -1.5]
    # pair (context 0, reply 1): -8 over 4 tokens; pair (1, 0): -4 over 2
    assert scores.negative.tolist() == [-2.0, -2.0]
    assert example().scores(REFERENCE, "nats_per_reply").negative.tolist() == [-8.0, -4.0]


@pytest.mark.parametrize("unit", ["nats_per_token", "nats_per_reply"])
@pytest.mark.parametrize("source", [REFERENCE, "base"])
def test_copied_and_novel_add_up_to_the_whole(unit: scored.Unit, source: str) -> None:
    whole, copied, novel = (
        example().scores(source, unit, part) for part in ("whole", "copied", "novel")
    )
    assert copied.terms + novel.terms == pytest.approx(whole.terms, abs=1e-12)


def test_the_copied_part_has_the_same_tokens_under_every_context() -> None:
    copied = example().scores(REFERENCE, "nats_per_reply", "copied")
    assert copied.positive.tolist() == [-0.5, -4.0]
    # reply 1 under context 0: its tokens 1 and 2; reply 0 under context 1: its token 0
    assert copied.negative.tolist() == [-4.0, -1.0]
    # divided by the tokens of the whole reply
    per_token = example().scores(REFERENCE, "nats_per_token", "copied")
    assert per_token.positive.tolist() == [-0.25, -1.0]


def test_order_is_the_reply_less_its_words_shuffled() -> None:
    # -2 / 2 less the mean of -3 and -2; -6 / 4 less -2.5
    assert example().order(REFERENCE).tolist() == [1.5, 1.0]


def test_perplexity_copied_share_and_ends() -> None:
    # (2 + 6) nats over 2 + 4 tokens; 1 + 2 copied of 6
    assert example().perplexity() == pytest.approx(np.exp(8 / 6))
    assert example().copied_share(REFERENCE) == pytest.approx(0.5)
    ends = example().ends("base")
    # vCLUB per reply: (-3 - 3) / 2 - (-5 - 6) / 2
    assert ends.upper == pytest.approx(2.5)
    assert ends.ceiling == pytest.approx(np.log(2))


def test_file_round_trip(tmp_path: Path) -> None:
    before = example()
    scored.write(tmp_path / "s.parquet", before)
    after = scored.read(tmp_path / "s.parquet")
    assert (after.ids, after.clusters, after.counts) == (before.ids, before.clusters, before.counts)
    assert after.pairs.tolist() == before.pairs.tolist()
    for name, own in before.sources.items():
        found = after.sources[name]
        for field in ("positive", "negative", "copied"):
            pairs = zip(getattr(own, field), getattr(found, field), strict=True)
            assert all(np.array_equal(a, b) for a, b in pairs)
        assert np.array_equal(own.shuffled, found.shuffled)


def test_sources_with_other_pairs_are_refused(tmp_path: Path) -> None:
    before = example()
    scored.write(tmp_path / "s.parquet", before)
    import pyarrow.parquet as pq

    table = pq.read_table(tmp_path / "s.parquet")
    pq.write_table(table.slice(0, len(table) - 1), tmp_path / "s.parquet")
    with pytest.raises(RemidError, match="sources differ in their pairs"):
        scored.read(tmp_path / "s.parquet")


def test_the_cycle_of_the_other_tests_pairs_each_reply_once() -> None:
    assert np.bincount(CYCLE[:, 1]).tolist() == [1] * 8
