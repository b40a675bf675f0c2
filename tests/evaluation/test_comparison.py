"""Two evaluations paired by dialogue: differences and tests against a margin, by hand."""

import numpy as np
import pytest
from scipy import stats
from small_scores import source, split

from remid.domain.errors import RemidError
from remid.domain.estimate import Estimate
from remid.evaluation.comparison import How, beyond, compare
from remid.evaluation.scored import ScoredSplit
from remid.information.arrays import FloatArray
from remid.information.interval import Measured

ZERO = np.zeros(8)
ID, SHIFT = "id_test", "user/german"


def scored(model: str, terms: dict[str, FloatArray], level: float = -1.0) -> dict[str, ScoredSplit]:
    """Replies that add `terms` each (negatives are 0), beside references that add nothing."""
    reference = source(ZERO + level, ZERO + level)
    return {
        name: split(name, {"reference": reference, model: source(own, ZERO)})
        for name, own in terms.items()
    }


def drawn(seed: int) -> dict[str, FloatArray]:
    rng = np.random.default_rng(seed)
    return {ID: rng.normal(1, 0.1, 8), SHIFT: rng.normal(1, 0.1, 8)}


def test_differences_and_p_values_are_those_of_paired_t_tests() -> None:
    a, b = drawn(1), drawn(2)
    b[SHIFT] = b[SHIFT] - 0.5
    found = compare(scored("x", a), scored("y", b), ("x", "y"), How(margin=0.2))
    by_split = {row.split: row for row in found.rows}
    differences = {name: b[name] - a[name] for name in a}
    p = [stats.ttest_1samp(own, -0.2, alternative="less").pvalue for own in differences.values()]
    assert p[1] < p[0]
    for name, own in differences.items():
        assert by_split[name].emi.value == pytest.approx(own.mean())
        assert by_split[name].emi.standard_error == pytest.approx(own.std(ddof=1) / np.sqrt(8))
    # Holm over two: the smaller p twice, the larger once (and not below the smaller).
    assert by_split[SHIFT].p_worse == pytest.approx(2 * p[1])
    assert by_split[ID].p_worse == pytest.approx(max(2 * p[1], p[0]))
    assert [row.worse for row in found.rows] == [False, True]
    emid = by_split[SHIFT].emid
    assert emid is not None and by_split[ID].emid is None
    assert emid.value == pytest.approx(differences[ID].mean() - differences[SHIFT].mean())


def test_a_loss_that_both_splits_have_is_one_of_emi_and_none_of_emid() -> None:
    a = drawn(1)
    rng = np.random.default_rng(3)
    b = {name: own - 0.5 + rng.normal(0, 0.01, 8) for name, own in a.items()}
    by_emi = compare(scored("x", a), scored("y", b), ("x", "y"), How(margin=0.1))
    assert [row.worse for row in by_emi.rows] == [True, True]
    by_emid = compare(scored("x", a), scored("y", b), ("x", "y"), How(measure="emid", margin=0.1))
    assert [row.worse for row in by_emid.rows] == [False, False]
    assert by_emid.rows[0].p_worse is None


def test_only_dialogues_of_both_are_compared() -> None:
    ids = [f"d{k}" for k in range(9)]
    pairs = np.array([(k, (k + s) % 9) for k in range(9) for s in (1, 2)])
    rng = np.random.default_rng(4)
    terms = rng.normal(1, 0.1, 9)

    def nine(model: str, own: FloatArray, names: list[str]) -> dict[str, ScoredSplit]:
        level = np.zeros(9)
        reference = source(level - 1, np.zeros(18) - 1, pairs=pairs)
        replies = source(own, np.zeros(18), pairs=pairs)
        return {
            name: split(
                name,
                {"reference": reference, model: replies},
                ids=[f"{name}-{key}" for key in names],
                pairs=pairs,
            )
            for name in (ID, SHIFT)
        }

    # B has the same dialogues in another order, and one that A has not.
    order = [*ids[4:], *ids[1:4], "other"]
    own = np.array([*terms[4:], *terms[1:4], 99.0]) + 0.25
    found = compare(nine("x", terms, ids), nine("y", own, order), ("x", "y"), How())
    assert found.unpaired == {ID: 2, SHIFT: 2}
    assert [row.emi.n for row in found.rows] == [8, 8]
    assert [row.emi.value for row in found.rows] == pytest.approx([0.25, 0.25])


def test_equal_differences_are_judged_by_their_value() -> None:
    same = Measured(-0.3, 0.0, -0.3, -0.3, 8)
    assert beyond(-1.0, same, 0.2) == 0.0 and beyond(-1.0, same, 0.4) == 1.0
    assert np.isnan(beyond(-1.0, Measured(-0.3, np.nan, np.nan, np.nan, 3), 0.2))
    assert isinstance(same, Estimate)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"margin": -1.0}, "the margin is -1.0, expected nats from 0"),
        ({"level": 1.5}, "level is 1.5, expected a share"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict, said: str) -> None:
    with pytest.raises(RemidError, match=said):
        compare(scored("x", drawn(1)), scored("y", drawn(2)), ("x", "y"), How(**change))


def test_two_estimators_are_refused() -> None:
    other = scored("y", drawn(2), level=-1.5)
    with pytest.raises(RemidError, match="differ by 0.500 nats per token, so two estimators"):
        compare(scored("x", drawn(1)), other, ("x", "y"), How())


def test_what_only_one_has_is_left_out_and_id_is_needed() -> None:
    both = compare(
        scored("x", drawn(1)),
        scored("y", {ID: drawn(2)[ID]}),
        ("x", "y"),
        How(),
    )
    assert both.left_out == {SHIFT: "only in A"}
    with pytest.raises(RemidError, match="id_test: only in A"):
        compare(scored("x", drawn(1)), scored("y", {SHIFT: ZERO}), ("x", "y"), How())
