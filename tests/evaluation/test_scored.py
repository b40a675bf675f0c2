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


def scores_of(lm, dialogues, replies, limit):
    pairs = np.array([(i, (i + 1) % len(dialogues)) for i in range(len(dialogues))])
    return scored.score_split(
        lm, "id_test", dialogues, {d.id: "" for d in dialogues}, {"model": replies}, pairs,
        adapter=None, max_prompt_tokens=2000, token_budget=4096, reply_tokens=limit,
    )  # fmt: skip


def test_a_reply_cut_at_the_limit_scores_as_the_longer_reference_it_begins(
    tiny_lm, six_dialogues
) -> None:
    lm, long, limit = tiny_lm("chatml"), six_dialogues[3:], 6
    # A text cut by tokens may be read back as a token less, so it is cut a little later.
    cut = {d.id: lm.chat.first(d.reference, limit + 3) for d in long}
    assert all(len(cut[d.id]) < len(d.reference) for d in long)
    split = scores_of(lm, long, cut, limit)
    assert split.tokens["model"].tolist() == split.tokens["reference"].tolist() == [limit] * 3
    assert split.sums["model"].tolist() == split.sums["reference"].tolist()


def test_a_reply_that_ends_before_the_limit_is_scored_with_its_end_of_turn(
    tiny_lm, six_dialogues
) -> None:
    lm = tiny_lm("chatml")
    texts = {d.id: d.reference for d in six_dialogues}
    whole = [len(lm.chat.content(d.reference)) + 1 for d in six_dialogues]
    limit = whole[2]
    split = scores_of(lm, six_dialogues, texts, limit)
    assert split.tokens["model"].tolist() == [min(own, limit) for own in whole]
    without = scores_of(lm, six_dialogues, texts, None)
    assert without.tokens["model"].tolist() == whole
    positive, entire = split.sums["model"][:6], without.sums["model"][:6]
    ended = np.array(whole) <= limit
    assert ended.sum() >= 3 and not ended.all()
    assert positive[ended] == pytest.approx(entire[ended], abs=1e-4)
    assert (positive[~ended] > entire[~ended]).all()  # every further token costs nats


def test_the_start_of_a_text_is_its_first_tokens(tiny_lm) -> None:
    chat = tiny_lm("chatml").chat
    ids = chat.content("the sea is old and cold")
    assert chat.first("the sea is old and cold", 3) == chat.decode(ids[:3]).strip()
    assert chat.first(" the sea ", None) == " the sea "
