import numpy as np
import pytest

from remid.domain.errors import RemidError
from remid.information.divergence import (
    gram_floor,
    gram_js,
    histogram_js,
    joint_gram,
    representation_js,
    stacked_gram,
)


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def entropy(matrix):
    """Von Neumann's, -tr(M log M)."""
    spectrum = np.linalg.eigvalsh(matrix)
    spectrum = spectrum[spectrum > 1e-15]
    return -(spectrum * np.log(spectrum)).sum()


def test_histogram_js_by_hand():
    # P = (1, 0), Q = (1/2, 1/2): H(3/4, 1/4) - H(P) / 2 - H(Q) / 2
    mixture = -(3 / 4 * np.log(3 / 4) + 1 / 4 * np.log(1 / 4))
    assert histogram_js([1, 0], [0.5, 0.5]) == pytest.approx(mixture - np.log(2) / 2)
    assert histogram_js([1, 0], [0, 1]) == pytest.approx(np.log(2))


@pytest.mark.parametrize("sizes", [(40, 40), (25, 60), (7, 3)])
def test_one_hot_embeddings_give_the_exact_js(sizes):
    rng = np.random.default_rng(0)
    a, b = rng.integers(6, size=sizes[0]), rng.integers(4, size=sizes[1])
    exact = histogram_js(np.bincount(a, minlength=6) / a.size, np.bincount(b, minlength=6) / b.size)
    assert representation_js(np.eye(6)[a], np.eye(6)[b]) == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("width", [3, 20, 200])
def test_stacked_gram_and_covariance_forms_agree(width):
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((30, width)), 1 + rng.standard_normal((45, width))
    covariances = [rows.T @ rows / len(rows) for rows in (unit(a), unit(b))]
    mixture = entropy(sum(covariances) / 2)
    assert representation_js(a, b) == pytest.approx(
        mixture - sum(map(entropy, covariances)) / 2, abs=1e-9
    )


def test_the_joint_of_one_hot_factors_is_the_exact_joint_js():
    rng = np.random.default_rng(2)
    a, b = rng.integers(3, size=(50, 2)), rng.integers(3, size=(40, 2))
    grams = [stacked_gram(np.eye(3)[a[:, k]], np.eye(3)[b[:, k]]) for k in range(2)]
    counts = [np.bincount(3 * rows[:, 0] + rows[:, 1], minlength=9) / len(rows) for rows in (a, b)]
    assert gram_js(joint_gram(grams), 50) == pytest.approx(histogram_js(*counts), abs=1e-9)


def test_equal_samples_have_no_divergence_and_orthogonal_ones_log_two():
    a = np.random.default_rng(3).standard_normal((10, 4))
    assert representation_js(a, a) == pytest.approx(0, abs=1e-12)
    assert representation_js(a, a[::-1] * 7) == pytest.approx(0, abs=1e-12)
    left, right = np.eye(8)[[0, 1, 2]], np.eye(8)[[5, 6]]
    assert representation_js(left, right) == pytest.approx(np.log(2))


def test_floor_is_the_divergence_that_no_shift_shows():
    rng = np.random.default_rng(4)
    a, b = rng.standard_normal((40, 30)), rng.standard_normal((40, 30))
    unshifted = representation_js(a, b)
    gram = stacked_gram(a, b)
    assert gram_floor(gram, 40, rng) == pytest.approx(unshifted, rel=0.15)
    # halves of one sample have 20 rows, not 40, and are more biased
    halves = stacked_gram(a[:20], a[20:])
    assert gram_floor(halves, 20, rng) > 1.2 * unshifted


def test_a_bootstrap_is_more_biased_than_its_sample():
    # why the benchmark's interval is a jackknife: duplicates make a sample smaller
    rng = np.random.default_rng(5)
    gram = stacked_gram(rng.standard_normal((40, 30)), rng.standard_normal((40, 30)))
    drawn = np.r_[rng.integers(40, size=40), 40 + rng.integers(40, size=40)]
    assert gram_js(gram[np.ix_(drawn, drawn)], 40) > 1.2 * gram_js(gram, 40)


@pytest.mark.parametrize(
    ("a", "message"),
    [
        (np.zeros((3, 2)), "row 0, 1, 2 is all zero"),
        (np.array([[1.0, np.nan]]), "row 0 holds nan"),
        (np.ones(3), r"shape \(3,\)"),
        (np.ones((3, 5)), "width 5 and 2"),
    ],
)
def test_bad_embeddings(a, message):
    with pytest.raises(RemidError, match=message):
        representation_js(a, np.ones((4, 2)))


def test_bad_matrices_and_factors():
    with pytest.raises(RemidError, match="one shape"):
        joint_gram([np.eye(3), np.eye(4)])
    with pytest.raises(RemidError, match="no Gram matrix"):
        gram_js(np.array([[1.0, 3.0], [3.0, 1.0]]), 1)
    with pytest.raises(RemidError, match="at least 2 each"):
        gram_floor(np.eye(3), 1, np.random.default_rng(0))
