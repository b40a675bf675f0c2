"""Contributions sum to the figures."""

import numpy as np
import pytest

from remid.information.club import terms
from remid.information.contributions import emi_contributions, emid_contributions, token_terms


def test_contributions_of_dialogues_sum_to_the_figures() -> None:
    on_id, shifted = np.array([1.0, 3.0]), np.array([0.5, 2.0, 0.5])
    assert emi_contributions(on_id).tolist() == [0.5, 1.5]
    # R-EMID = 2 - 1 = 1 = (1.5 + 0 + 1.5) / 3
    assert emid_contributions(on_id, shifted) == pytest.approx([0.5, 0.0, 0.5])


@pytest.mark.parametrize("pairs", [[(1, 0), (2, 0), (0, 1), (0, 2), (1, 2)], [(1, 0), (0, 2)]])
def test_tokens_sum_to_the_terms_of_their_replies(pairs: list[tuple[int, int]]) -> None:
    """The second design leaves reply 1 without a negative, which changes the weights."""
    rng = np.random.default_rng(0)
    lengths = [2, 3, 1]
    positive = [rng.standard_normal(length) for length in lengths]
    negative = [rng.standard_normal(lengths[j]) for _, j in pairs]
    found = token_terms(positive, np.array(pairs), negative)
    wanted = terms(
        np.array([own.sum() for own in positive]),
        np.array(pairs),
        np.array([own.sum() for own in negative]),
    )
    assert [own.sum() for own in found] == pytest.approx(wanted.tolist(), abs=1e-12)
    assert [own.size for own in found] == lengths
    assert positive[0] is not found[0]  # the scores stay as they were


def test_a_token_is_set_against_its_own_mean_under_other_contexts() -> None:
    found = token_terms(
        [np.array([-1.0, -2.0]), np.array([-3.0])],
        np.array([(1, 0), (0, 1)]),
        [np.array([-1.5, -2.0]), np.array([-7.0])],
    )
    assert [own.tolist() for own in found] == [[0.5, 0.0], [4.0]]
