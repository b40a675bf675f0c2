"""Perplexities of variants, paired by dialogue."""

import numpy as np
import pytest
from scipy import stats

from remid.domain.errors import RemidError
from remid.studies.ablation.perplexity import References, ablate


def references(full, other, *, tokens=(10, 10, 10, 10), clusters="abcd"):
    sums = {"full": np.array(full, float), "other": np.array(other, float)}
    return References(np.array(tokens), list(clusters), sums)


def test_perplexities_and_ratio_by_hand():
    # 40 tokens at 2 nats each, and at 2.5, 2.3, 2.3 and 2.5: 2.4 on average.
    row = ablate("id", references([[-20] * 4], [[-25, -23, -23, -25]]), full="full", level=0.95)
    assert row.perplexity["full"].value == pytest.approx(np.exp(2.0))
    assert row.perplexity["other"].value == pytest.approx(np.exp(2.4))
    gap = row.against_full["other"].ratio
    assert gap.value == pytest.approx(np.exp(0.4))
    # The clusters lose +1, -1, -1, +1 nats beyond their share: 4/3 * 4 / 40^2, 3 degrees.
    half = np.sqrt(4 / 3 * 4) / 40 * stats.t.ppf(0.975, 3)
    assert np.log([gap.low, gap.high]) == pytest.approx([0.4 - half, 0.4 + half])
    assert gap.n == 4


def test_seeds_are_averaged_in_nats_and_shown_alone():
    row = ablate(
        "id", references([[-20] * 4, [-40] * 4], [[-20] * 4, [-60] * 4]), full="full", level=0.95
    )
    assert row.perplexity["full"].value == pytest.approx(np.exp(3.0))
    assert row.by_seed["full"] == pytest.approx([np.exp(2.0), np.exp(4.0)])
    assert row.against_full["other"].by_seed == pytest.approx([1.0, np.exp(2.0)])


def test_dialogues_with_one_reply_count_as_one():
    apart = references([[-20] * 4], [[-25, -25, -23, -23]])
    together = references([[-20] * 4], [[-25, -25, -23, -23]], clusters="aabb")
    wide, narrow = (
        ablate("id", r, full="full", level=0.95).against_full["other"].ratio
        for r in (together, apart)
    )
    assert (wide.n, narrow.n) == (2, 4)
    # +2 and -2 in two clusters: variance 2 * 8 / 40^2 against 4/3 * 4 / 40^2.
    assert wide.standard_error / narrow.standard_error == pytest.approx(np.sqrt(3))


def test_the_interval_covers_the_truth():
    rng = np.random.default_rng(0)
    tokens = rng.integers(5, 60, 40)
    inside = 0
    for _ in range(400):
        noise = rng.normal(0.2, 0.5, 40)
        sums = {"full": -2.0 * tokens[None], "other": -(2.0 + noise)[None] * tokens}
        found = References(tokens, [str(k) for k in range(40)], sums)
        gap = ablate("id", found, full="full", level=0.95).against_full["other"].ratio
        inside += gap.low < np.exp(0.2) < gap.high
    # Binomial: 0.95 +- 3 standard errors of 0.011, less 0.01 for 40 dialogues.
    assert 0.907 < inside / 400 < 0.983


def test_one_dialogue_has_no_interval():
    with pytest.raises(RemidError, match="1 independent dialogues.*dialogues_per_split"):
        ablate("id", references([[-20] * 4], [[-25] * 4], clusters="aaaa"), full="full", level=0.95)
