"""What the tables and sentences of an attribution say."""

import numpy as np

from remid.domain.dialogue import REFERENCE
from remid.domain.estimate import Estimate
from remid.evaluation.attribution_table import (
    Attribution,
    DialogueRow,
    FidelityRow,
    ShareRow,
    SliceRow,
)
from remid.report import attribution_tables as grids

UNIT = "nats_per_token"


def est(value: float, half: float = 0.1) -> Estimate:
    return Estimate(value, half / 2, value - half, value + half, 20)


def fidelity(model: str, value: float, less: float = 0.0, swaps: int = 20) -> FidelityRow:
    beaten = 0.75 if swaps else np.nan
    return FidelityRow(
        model, "id_test", UNIT, "character", est(value), est(less), beaten, swaps, 20 - swaps
    )


def said(*rows: FidelityRow) -> str:
    found = Attribution(1, fidelity=list(rows))
    (sentence,) = grids.fidelity_sentences(found, "mine", UNIT, 2)
    return sentence


def test_a_sentence_is_never_stronger_than_its_interval() -> None:
    read = fidelity(REFERENCE, 0.5)
    shown = said(read, fidelity("mine", 0.3, -0.2))
    assert "75% of 20 replies are more probable with their own character" in shown
    assert "shown to tell of it" in shown and "The references tell more of it." in shown
    open_ = said(read, fidelity("mine", 0.05, -0.05))
    assert "not shown that they tell" in open_ and "difference from the references is not" in open_
    assert "less probable than another's" in said(read, fidelity("mine", -0.3))
    assert "The references tell less of it." in said(read, fidelity("mine", 0.8, 0.3))


def test_what_the_responder_does_not_read_is_not_held_against_the_model() -> None:
    blind = said(fidelity(REFERENCE, 0.05), fidelity("mine", -0.05, -0.3))
    assert "speaks of the responder" in blind and "references tell more" not in blind


def test_a_factor_that_all_share_has_nothing_to_say() -> None:
    assert said(fidelity(REFERENCE, 0, swaps=0), fidelity("mine", 0, swaps=0)).endswith(
        "share one character, so nothing can be said of it."
    )
    found = Attribution(1, fidelity=[fidelity("mine", 0, swaps=0)])
    assert grids.fidelity_grid(found, UNIT, 2).rows[0][-1] == "nothing to swap"


def test_the_grids_hold_the_figures() -> None:
    factors = {"user": est(0.1), "character": est(0.2), "dialogue": est(0.3)}
    row = ShareRow("mine", "user/german", UNIT, "emid", est(0.6), factors, est(0.01))
    found = Attribution(
        1,
        shares=[row],
        fidelity=[fidelity(REFERENCE, 0.5), fidelity("mine", 0.3, -0.2)],
        slices=[SliceRow("mine", UNIT, ("a = b", "c = d"), -0.5, 0.1, est(-0.6), 0.0123)],
        searched={"mine": 321},
    )
    (shown,) = grids.share_grid(found, "emid", UNIT, 2).rows
    assert shown[3:] == (
        "+0.60 [+0.50, +0.70]", "+0.10 [+0.00, +0.20]", "+0.20 [+0.10, +0.30]",
        "+0.30 [+0.20, +0.40]", "+0.01 [-0.09, +0.11]",
    )  # fmt: skip
    assert grids.share_grid(found, "emi", UNIT, 2).rows == ()
    assert grids.fidelity_grid(found, UNIT, 2).rows[1][-1] == "75% of 20"
    slices = grids.slice_grid(found, UNIT, 2)
    assert "321 of mine" in slices.title and slices.rows[0][1] == "a = b and c = d"


def test_the_dialogues_that_lose_most_come_first() -> None:
    def one(k: int, emid: float) -> DialogueRow:
        nothing = dict.fromkeys(("user", "character", "dialogue"), np.nan)
        return DialogueRow(
            "mine", "user/german", f"d{k}", UNIT, -emid, 0.0, emid, nothing, np.ones(1), np.ones(1)
        )

    rows = [one(k, k / 100) for k in range(12)] + [one(99, np.nan)]
    grid = grids.dialogue_grid(rows, UNIT, 2)
    assert [row[2] for row in grid.rows] == [f"d{k}" for k in range(11, 1, -1)]
    assert grid.rows[0][3] == "+0.110" and grid.rows[0][5] == "no partner"
