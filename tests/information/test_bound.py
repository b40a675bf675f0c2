import numpy as np
import pytest

from remid.domain.errors import RemidError
from remid.information.bound import bounds, dependence_warning
from remid.information.club import PairScores
from remid.information.divergence import InputShift
from remid.information.emi import emi, emid
from remid.information.negatives import negative_pairs

INPUTS = InputShift({"user": 0.04, "character": 0.01, "context": 0.0}, joint=0.05, independent=0.05)


def four_scores(seed=0, n=20):
    rng = np.random.default_rng(seed)

    def scores(pairs):
        return PairScores(-rng.random(n), pairs, -1 - rng.random(len(pairs)))

    drawn = [negative_pairs(n, design="cyclic", per_context=4, rng=rng) for _ in range(2)]
    return {
        "id_reply": scores(drawn[0]),
        "id_reference": scores(drawn[0]),
        "shift_reply": scores(drawn[1]),
        "shift_reference": scores(drawn[1]),
    }


def measured(inputs=INPUTS, id_outputs=0.0, shift_outputs=0.0, **scores):
    given = scores or four_scores()
    return bounds(inputs=inputs, id_outputs=id_outputs, shift_outputs=shift_outputs, **given)


def test_the_parts_add_up_to_the_estimate():
    scores = four_scores()
    results = [
        emi(scores[f"{side}_reply"], scores[f"{side}_reference"]) for side in ("id", "shift")
    ]
    parts = measured(**scores).parts
    assert parts.mismatch + parts.covariate == pytest.approx(emid(*results).value, abs=1e-12)
    assert parts.emid == pytest.approx(emid(*results).value, abs=1e-12)
    assert parts.concept == 0


def test_the_three_bounds_by_hand():
    scores = four_scores()
    result = measured(id_outputs=0.0016, shift_outputs=0.0081, **scores)
    gaps = np.r_[
        scores["id_reference"].positive - scores["id_reply"].positive,
        scores["shift_reference"].positive - scores["shift_reply"].positive,
    ]
    oscillation = gaps.max() - gaps.min()
    assert result.joint == pytest.approx(result.parts.mismatch + oscillation * np.sqrt(0.1))
    # sqrt(0.04) + sqrt(0.01) + 0 = 0.3, and 0.0016^(1/4) = 0.2, 0.0081^(1/4) = 0.3
    assert result.scaled == pytest.approx(0.3 + 0.2 + 0.3)
    worst = (-scores["shift_reference"].positive).max() - scores["id_reply"].negative.mean()
    assert result.paper == pytest.approx(np.sqrt(2 / 3) * worst * 0.3 + 8 * 0.0097**0.25)


def test_shares_of_the_factors():
    shares = measured().shares
    assert shares == pytest.approx({"user": 2 / 3, "character": 1 / 3, "context": 0.0})
    still = InputShift({"user": 0.0, "context": 0.0}, joint=0.0, independent=0.0)
    assert np.isnan(list(measured(still).shares.values())).all()


def test_warning_wants_an_excess_above_threshold_and_noise():
    assert measured().dependence_warning == ""
    factors = {"user": 0.0}
    assert "dependence between factors shifted" in dependence_warning(
        InputShift(factors, joint=0.09, independent=0.05, independent_spread=0.01)
    )
    assert dependence_warning(InputShift(factors, 0.09, 0.05, independent_spread=0.02)) == ""
    assert dependence_warning(InputShift(factors, 0.06, 0.05)) == ""


@pytest.mark.parametrize("wrong", [-0.1, 0.8, np.nan])
def test_divergences_are_checked(wrong):
    with pytest.raises(RemidError, match="expected from 0 to log 2"):
        measured(id_outputs=wrong)
