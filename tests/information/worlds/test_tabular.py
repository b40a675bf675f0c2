"""Enumerated worlds: entropies and informations by hand, samples that follow the laws."""

import numpy as np
import pytest

from remid.domain.errors import RemidError
from remid.information.worlds.tabular import World, entropy, mutual_information, sample, score

LAW = np.array([0.5, 0.5])
SAME = np.eye(2) * 0.8 + 0.1


def world(**changes: object) -> World:
    fields = {
        "name": "two",
        "shape": (2,),
        "id_inputs": LAW,
        "shift_inputs": np.array([1.0, 0.0]),
        "truth": SAME,
        "shift_truth": SAME,
        "model": np.full((2, 2), 0.5),
        "responder": SAME,
    }
    return World(**(fields | changes))  # type: ignore[arg-type]


def test_entropy_of_a_coin() -> None:
    assert float(entropy(LAW)) == pytest.approx(np.log(2))
    assert float(entropy(np.array([1.0, 0.0]))) == 0


def test_mutual_information_by_hand() -> None:
    # log 2 - H(0.9, 0.1)
    noise = -(0.9 * np.log(0.9) + 0.1 * np.log(0.1))
    assert mutual_information(LAW, SAME) == pytest.approx(np.log(2) - noise)


def test_a_model_that_guesses_loses_all_of_it() -> None:
    assert world().emi("id") == pytest.approx(-mutual_information(LAW, SAME))
    # Under the shift there is one input, and so nothing to know of it.
    assert world().emi("shift") == pytest.approx(0)


def test_what_r_emi_estimates_by_hand() -> None:
    # Replies are independent of inputs: 0 - E over (truth - product) of log q
    # = -(0.45 - 0.25) * 2 * (log 0.9 - log 0.1)
    assert world().responder_emi("id") == pytest.approx(-0.4 * np.log(9))


def test_samples_follow_the_laws_and_are_scored_by_the_table() -> None:
    drawn = sample(world(), "id", 20_000, np.random.default_rng(0))
    assert np.mean(drawn.inputs) == pytest.approx(0.5, abs=0.02)
    assert np.mean(drawn.references == drawn.inputs) == pytest.approx(0.9, abs=0.02)
    scores = score(world(), drawn, np.array([[0, 1], [1, 0]]))
    own = 0.9 if drawn.inputs[0] == drawn.references[0] else 0.1
    assert scores.reference_positive[0] == pytest.approx(np.log(own))


def test_laws_must_sum_to_1() -> None:
    with pytest.raises(RemidError, match="a law does not sum to 1"):
        world(model=np.full((2, 2), 0.4))
