"""Scores through files and units, with the arithmetic in sight."""

from pathlib import Path

import numpy as np
import pytest

from remid.evaluation import scored


def example() -> scored.ScoredSplit:
    return scored.ScoredSplit(
        split="id_test",
        ids=("a", "b"),
        pairs=np.array([[0, 1], [1, 0]]),
        sums={
            "reference": np.array([-2.0, -6.0, -8.0, -4.0]),
            "base": np.array([-3.0, -3.0, -5.0, -6.0]),
        },
        tokens={"reference": np.array([2, 4]), "base": np.array([3, 1])},
        missing=1,
    )


def test_per_token_divides_by_the_tokens_of_the_reply_not_of_the_context() -> None:
    scores = example().scores("reference", "nats_per_token")
    assert scores.positive.tolist() == [-1.0, -1.5]
    # pair (context 0, reply 1): -8 over 4 tokens; pair (1, 0): -4 over 2
    assert scores.negative.tolist() == [-2.0, -2.0]


def test_perplexity_is_over_tokens() -> None:
    # (2 + 6) nats over 2 + 4 tokens
    assert example().perplexity() == pytest.approx(np.exp(8 / 6))


def test_file_round_trip(tmp_path: Path) -> None:
    before = example()
    scored.write(tmp_path / "s.parquet", before)
    after = scored.read(tmp_path / "s.parquet")
    assert after.ids == before.ids
    assert after.missing == 1
    assert after.pairs.tolist() == before.pairs.tolist()
    for source in before.sums:
        assert after.sums[source].tolist() == before.sums[source].tolist()
        assert after.tokens[source].tolist() == before.tokens[source].tolist()
