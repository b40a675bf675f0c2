"""Rows of an attribution, from scores whose parts are known."""

from collections.abc import Sequence

import numpy as np
import pytest
from small_scores import source, split

from remid.domain.dialogue import REFERENCE, Dialogue, Turn
from remid.domain.shift import ID_TEST
from remid.evaluation.attribution_rows import (
    Scored,
    dialogue_rows,
    fidelity_rows,
    share_rows,
    slice_rows,
)
from remid.evaluation.estimates import estimates
from remid.evaluation.swaps import SwappedSplit
from remid.evaluation.tabulate import Settings

N = 40
PAIRS = np.array([(k, (k + 1) % N) for k in range(N)])
SWAPS = np.array([(k ^ 1, k) for k in range(N)])
GERMAN = "user/german"


def worth(*factors: float, noise: np.ndarray) -> np.ndarray:
    """Scores by coalition, the sum of what the own factors are worth; with all of them noise."""
    values = np.array([sum(w for f, w in enumerate(factors) if t >> f & 1) for t in range(8)])
    out = np.repeat(values[:, None], N, axis=1)
    out[7] += noise
    return out


def evaluated(model: Sequence[float], reference: Sequence[float], name: str, seed: int):
    """One split of one-token replies: own contexts score what all factors are worth, others 0."""
    noise = np.random.default_rng(seed).standard_normal(N) * 0.01
    values = {"mine": worth(*model, noise=noise), REFERENCE: worth(*reference, noise=0 * noise)}
    sources = {s: source(v[7], np.zeros(N), pairs=PAIRS) for s, v in values.items()}
    own = split(name, sources, pairs=PAIRS)
    differs = np.ones((3, N), bool)
    differs[1, :10] = False
    swapped = SwappedSplit(
        name, own.ids, SWAPS, differs, values, {s: np.ones(N, np.int64) for s in values}
    )
    return own, swapped


@pytest.fixture
def own() -> Scored:
    parts = [
        evaluated((0.5, 0.3, 0.2), (0.6, 0.4, 0.2), ID_TEST, 1),
        evaluated((0.1, 0.3, 0.2), (0.5, 0.4, 0.2), GERMAN, 2),
    ]
    scored = {a.split: a for a, _ in parts}
    found = estimates(scored, "nats_per_token", level=0.95)
    return Scored(scored, {b.split: b for _, b in parts}, found)


def test_each_figure_is_divided_as_its_parts_are_worth(own: Scored) -> None:
    rows = {(row.model, row.split, row.figure): row for row in share_rows(own)}
    assert len(rows) == 2 * 2 + 2 + 1  # two sources on two splits, R-EMI twice, R-EMID once

    def shared(*key: str) -> list[float]:
        return [estimate.value for estimate in rows[key].factors.values()]

    def near(*values: float):
        return pytest.approx(values, abs=0.005)

    assert shared(REFERENCE, GERMAN, "information") == near(0.5, 0.4, 0.2)
    # R-EMI: the model's less the references'. R-EMID: ID's less the shift's, -0.1 - -0.4 = 0.3.
    assert shared("mine", ID_TEST, "emi") == near(-0.1, -0.1, 0.0)
    assert shared("mine", GERMAN, "emi") == near(-0.4, -0.1, 0.0)
    assert shared("mine", GERMAN, "emid") == near(0.3, 0.0, 0.0)
    lost = rows["mine", GERMAN, "emid"]
    assert sum(shared("mine", GERMAN, "emid")) == pytest.approx(lost.total.value, abs=1e-9)
    assert lost.factors["user"].low > 0.25 and lost.factors["user"].high < 0.35
    # The table's negatives score as the partners' whole contexts do here: nothing is left over.
    assert lost.others.value == pytest.approx(0, abs=1e-12)


def test_one_factor_swapped_is_what_it_is_worth_beside_the_reference(own: Scored) -> None:
    rows = {(row.model, row.split, row.factor): row for row in fidelity_rows(own)}
    user = rows["mine", GERMAN, "user"]
    assert user.information.value == pytest.approx(0.1, abs=0.005)
    assert user.less_reference.value == pytest.approx(0.1 - 0.5, abs=0.005)
    assert (user.beaten, user.swaps, user.same) == (1.0, 40, 0)
    character = rows["mine", GERMAN, "character"]
    assert (character.swaps, character.same, character.information.n) == (30, 10, 30)


def test_dialogues_and_tokens_sum_to_the_figures(own: Scored) -> None:
    rows = list(dialogue_rows(own))
    german = [row for row in rows if row.split == GERMAN]
    emid = own.found.emi["mine", ID_TEST].terms.mean - own.found.emi["mine", GERMAN].terms.mean
    assert sum(row.emid for row in german) == pytest.approx(float(emid), abs=1e-9)
    assert all(np.isnan(row.emid) for row in rows if row.split == ID_TEST)
    for row in rows:
        assert row.reply.sum() - row.reference.sum() == pytest.approx(row.term, abs=1e-12)
        assert sum(row.factors.values()) == pytest.approx(row.term, abs=1e-9)


def test_a_slice_over_all_splits_is_found(own: Scored) -> None:
    def dialogue(key: str, language: str) -> Dialogue:
        return Dialogue(key, "Nora", "a keeper", (Turn("user", "x"),), "y", language=language)

    dialogues = {
        split: [dialogue(key, "de" if split == GERMAN else "en") for key in each.ids]
        for split, each in own.scored.items()
    }
    rows, searched = slice_rows(own, dialogues, Settings(resamples=500))
    assert searched["mine"] >= 2
    assert {row.attributes for row in rows} == {("language = de",), ("language = en",)}
    german = next(row for row in rows if row.attributes == ("language = de",))
    # R-EMI is -0.5 in German and -0.2 on ID.
    assert german.difference.value == pytest.approx(-0.3, abs=0.005)
    assert german.difference.low < -0.3 < german.difference.high < 0 and german.p < 0.01
