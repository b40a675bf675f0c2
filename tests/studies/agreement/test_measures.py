"""Measures of one reply, by hand."""

import numpy as np
import pytest

from remid.studies.agreement.measures import MEASURES, ReplyScores, columns, measures

OWN = ReplyScores(
    positive=np.array([-1.0, -2.0, -3.0]),
    negative=np.array([[-2.0, -2.0, -4.0], [-4.0, -4.0, -4.0]]),
    copied=np.array([True, False, False]),
    shuffled=np.array([-5.0]),
)


def test_each_measure_by_hand() -> None:
    # terms: own less the mean of the negatives: -1 + 3, -2 + 3, -3 + 4 = 2, 1, 1
    found = measures(OWN, None, echo=0.25)
    assert list(found) == list(MEASURES)
    assert found["information per reply"] == 4 and found["information per token"] == pytest.approx(
        4 / 3
    )
    assert (
        found["information per reply, copied"] == 2 and found["information per reply, novel"] == 2
    )
    assert found["order of words"] == 3 and found["log-perplexity"] == 2
    assert found["length"] == 3 and found["tokens copied"] == pytest.approx(1 / 3)
    assert found["echo"] == 0.25 and np.isnan(found["R-EMI per reply"])


def test_r_emi_is_less_that_of_the_reference() -> None:
    found = measures(OWN, OWN, echo=0.0)
    assert found["R-EMI per token"] == 0 and found["R-EMI per reply, copied"] == 0


def test_negatives_beaten() -> None:
    # sums: -6 under its own context, -8 and -12 under the others
    assert OWN.beaten == 1.0


def test_without_a_negative_nothing_is_known() -> None:
    alone = ReplyScores(OWN.positive, np.empty((0, 3)), OWN.copied, OWN.shuffled)
    assert np.isnan(alone.terms).all() and np.isnan(alone.beaten)
    assert np.isnan(measures(alone, None, echo=0.0)["information per reply, copied"])


def test_columns_are_arrays_by_name() -> None:
    rows = [measures(OWN, None, echo=0.0)] * 2
    assert columns(rows)["length"].tolist() == [3, 3]
