"""R-EMID by factor: means over shifts, and whose errors are common."""

import numpy as np
import pytest

from remid.domain.dialogue import REFERENCE
from remid.domain.errors import RemidError
from remid.domain.shift import ID_TEST
from remid.evaluation.factors import factor_rows
from remid.evaluation.scored import ScoredSplit
from remid.information.club import PairScores, negative_pairs
from remid.information.emi import club_estimate, emi, emid, emid_difference, pooled_emid
from remid.information.interval import p_value

UNIT = "nats_per_reply"
N = 12
PAIRS = negative_pairs(N, design="cyclic", per_context=2, rng=np.random.default_rng(0))


def split(name, seed, ids):
    """Scores of two models that are worse than the references by about 1 and 2 nats."""
    rng = np.random.default_rng(seed)
    sums = {
        source: np.concatenate([rng.normal(mean, 1, N), rng.normal(-9, 1, len(PAIRS))])
        for source, mean in ((REFERENCE, -4), ("one", -5), ("two", -6))
    }
    tokens = {source: np.full(N, 7) for source in sums}
    return ScoredSplit(name, tuple(ids), PAIRS, sums, tokens)


def world():
    """Two user shifts of other dialogues, and two made from the dialogues of ID."""
    own = [f"id{k}" for k in range(N)]
    splits = {
        ID_TEST: split(ID_TEST, 0, own),
        "user/german": split("user/german", 1, [f"g{k}" for k in range(N)]),
        "user/korean": split("user/korean", 2, [f"k{k}" for k in range(N)]),
        "composition/turn_level": split("composition/turn_level", 3, [f"t{k}" for k in range(N)]),
        "composition/word_level": split("composition/word_level", 4, [f"w{k}" for k in range(N)]),
    }
    parents = {f"{kind}{k}": f"id{k}" for kind in "tw" for k in range(N)}
    results = {
        (model, name): emi(own_.scores(model, UNIT), own_.scores(REFERENCE, UNIT))
        for name, own_ in splits.items()
        for model in ("one", "two")
    }
    return splits, results, parents


def found():
    splits, results, parents = world()
    return {
        (r.model, r.against, r.factor): r for r in factor_rows(splits, results, parents, UNIT)
    }, results


def test_a_factor_is_the_mean_of_its_shifts():
    rows, results = found()
    shifts = ("user/german", "user/korean")
    alone = [emid(results["one", ID_TEST], results["one", shift]) for shift in shifts]
    user = rows["one", "", "user"]
    assert user.shifts == 2
    assert user.emid.value == pytest.approx(np.mean([loss.value for loss in alone]))
    # ID's error is in both shifts: var(ID) + (var(german) + var(korean)) / 4.
    variances = [results["one", name].estimate.standard_error ** 2 for name in (ID_TEST, *shifts)]
    truth = variances[0] + (variances[1] + variances[2]) / 4
    assert user.emid.standard_error**2 == pytest.approx(truth)
    assert user.emid.n == N  # ID's 12 dialogues are fewer than the shifts' 24


def test_shifts_made_from_the_same_dialogues_count_them_once():
    """On common pairs the pooled estimate is one vCLUB, of the combined scores."""
    rows, results = found()
    names = (ID_TEST, "composition/turn_level", "composition/word_level")
    scores = [results["one", name].difference for name in names]

    def combined(part):
        first, second, third = (getattr(own, part) for own in scores)
        return first - (second + third) / 2

    truth = club_estimate(PairScores(combined("positive"), PAIRS, combined("negative")))
    row = rows["one", "", "composition"]
    assert row.emid.value == pytest.approx(truth.value)
    assert (row.emid.low, row.emid.high) == pytest.approx((truth.low, truth.high))
    assert row.emid.n == N


def test_models_are_paired_and_p_values_corrected_over_the_factors():
    rows, results = found()
    shifts = ("user/german", "user/korean")
    alone = [
        emid_difference(
            results["two", ID_TEST],
            results["two", shift],
            results["one", ID_TEST],
            results["one", shift],
        ).value
        for shift in shifts
    ]
    assert rows["two", "one", "user"].emid.value == pytest.approx(np.mean(alone))
    assert list(rows) == [
        (model, against, factor)
        for model, against in (("one", ""), ("two", ""), ("two", "one"))
        for factor in ("user", "composition")
    ]
    own = [results["one", name] for name in (ID_TEST, *shifts)]
    labels = [np.arange(N), N + np.arange(N), 2 * N + np.arange(N)]
    p_user = p_value(pooled_emid(own[0], own[1:], labels=labels))
    first, second = rows["one", "", "user"].p_holm, rows["one", "", "composition"].p_holm
    # Of two p-values the smaller counts twice, and the larger is no less.
    assert first == pytest.approx(min(2 * p_user, 1)) or first == max(p_user, second)
    assert min(first, second) > 0


def test_a_dialogue_cannot_be_in_a_split_twice():
    _, results = found()
    one = results["one", ID_TEST]
    with pytest.raises(RemidError, match="each a number of its own"):
        pooled_emid(one, [one], labels=[np.arange(N), np.zeros(N, dtype=int)])


def test_levels_must_agree():
    splits, results, _ = world()
    own = splits[ID_TEST]
    narrow = emi(own.scores("one", UNIT), own.scores(REFERENCE, UNIT), level=0.9)
    with pytest.raises(RemidError, match="several levels"):
        pooled_emid(results["one", ID_TEST], [narrow], labels=[np.arange(N)] * 2)
