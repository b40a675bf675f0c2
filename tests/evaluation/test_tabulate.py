"""The table against figures computed by hand: parts, families, pairing, marks, the worst case."""

import numpy as np
import pytest
from small_scores import CYCLE, source, split

from remid.domain.dialogue import REFERENCE
from remid.domain.shift import ID_TEST
from remid.evaluation.scored import Counts, ScoredSplit
from remid.evaluation.table import Divergences, Table
from remid.evaluation.tabulate import Settings, tabulate
from remid.information.dependence import Dependence, Strength
from remid.information.interval import Terms, holm
from remid.information.moved import Divergence, InputShift

GERMAN, GAMING, WORD = "user/german", "character/gaming", "composition/word_level"
UNIT = "nats_per_reply"
NOISE = np.random.default_rng(0).normal(0, 0.2, (40, 8))


def scored(name: str, *, one: float, two: float, reference: float, row: int, **more) -> ScoredSplit:
    """Sources whose informations are the given ones and a little noise: negatives are all 0."""
    nothing = np.zeros(8)
    return split(
        name,
        {
            REFERENCE: source(reference + NOISE[row], nothing),
            "one": source(one + NOISE[row + 1], nothing),
            "two": source(two + NOISE[row + 2], nothing),
        },
        **more,
    )


def world(**german) -> dict[str, ScoredSplit]:
    ids = [f"{ID_TEST}-{k}" for k in range(8)]
    return {
        ID_TEST: scored(ID_TEST, one=2.0, two=1.5, reference=3.0, row=0),
        GERMAN: scored(GERMAN, **{"one": 1.0, "two": 1.4, "reference": 2.5, "row": 3, **german}),
        GAMING: scored(GAMING, one=2.1, two=1.5, reference=3.1, row=6),
        WORD: scored(WORD, one=1.8, two=1.2, reference=2.9, row=9, clusters=ids),
    }


def js(raw: float, floor: float = 0.0) -> Divergence:
    flat = Terms(np.full(8, raw), np.arange(8))
    return Divergence(raw, floor, flat, flat)


def divergences(splits: dict[str, ScoredSplit], p: float = 0.5) -> Divergences:
    factors = {"user": js(0.45, 0.36), "character": js(0.39, 0.40), "dialogue": js(0.41, 0.40)}
    alike = Dependence({"user and dialogue": Strength(0.26, 0.02)}, p)
    moved = InputShift(factors, js(0.5, 0.3), alike)
    models = splits[ID_TEST].models
    return Divergences(
        {split: moved for split in splits if split != ID_TEST},
        {(model, split): js(0.1) for split in splits for model in models},
    )


def table(splits: dict[str, ScoredSplit] | None = None) -> Table:
    splits = splits or world()
    return tabulate(splits, divergences(splits), Settings(resamples=500))


def emid(found: Table, model: str, shift: str):
    return next(r for r in found.emid if (r.model, r.shift, r.unit) == (model, shift, UNIT))


def terms(splits: dict[str, ScoredSplit], name: str, model: str) -> np.ndarray:
    own = splits[name]
    return own.scores(model, UNIT).positive - own.scores(REFERENCE, UNIT).positive


def test_r_emid_is_its_parts() -> None:
    found, splits = table(), world()
    row = emid(found, "one", GERMAN)
    a = [splits[name].scores("one", UNIT).positive.mean() for name in (ID_TEST, GERMAN)]
    b = [splits[name].scores(REFERENCE, UNIT).positive.mean() for name in (ID_TEST, GERMAN)]
    assert row.replies.value == pytest.approx(a[0] - a[1])
    assert row.references.value == pytest.approx(b[0] - b[1])
    assert row.emid.value == pytest.approx(row.replies.value - row.references.value)
    assert row.relative.value == pytest.approx(a[0] / b[0] - a[1] / b[1])


def test_r_emid_is_mismatch_and_covariate_in_either_unit() -> None:
    for row in table().emid:
        assert row.mismatch.value + row.covariate.value == pytest.approx(row.emid.value, abs=1e-12)
        assert row.covariate.low <= row.covariate.value <= row.covariate.high


def test_the_papers_bound_is_of_whole_replies_in_either_unit() -> None:
    rng = np.random.default_rng(4)
    sources = {
        name: source(rng.normal(-40, 3, 8), rng.normal(-50, 3, 8), tokens=[10] * 8)
        for name in (REFERENCE, "one")
    }
    found = table({name: split(name, sources) for name in (ID_TEST, GERMAN)})
    by_unit = {row.unit: row for row in found.emid}
    token, reply = by_unit["nats_per_token"], by_unit["nats_per_reply"]
    assert token.paper == reply.paper
    # all replies have ten tokens: what is per token is a tenth
    assert token.joint.value == pytest.approx(reply.joint.value / 10)
    assert token.scaled == reply.scaled


def test_a_factor_below_its_floor_has_no_share_and_is_told() -> None:
    found = table()
    row = found.inputs[0]
    assert row.factors["character"].js.value == 0 and row.factors["character"].below_floor
    assert (row.factors["character"].raw, row.factors["character"].floor) == (0.39, 0.40)
    # 0.3, 0 and 0.1 of 0.4
    shares = found.emid[0].shares
    assert shares == pytest.approx({"user": 3 / 4, "character": 0.0, "dialogue": 1 / 4})


def test_the_mark_of_the_dependence_follows_the_test() -> None:
    splits = world()
    for p, marked in ((0.5, False), (0.03, True), (np.nan, False)):
        found = tabulate(splits, divergences(splits, p), Settings(resamples=500))
        row = emid(found, "one", GERMAN)
        assert ("dependence" in row.marks) == marked == bool(row.warning)
        assert found.inputs[0].dependence_p == (None if np.isnan(p) else p)
    assert found.inputs[0].dependence["user and dialogue"].on_id == 0.26


def test_independent_splits_add_their_variances_and_common_clusters_are_paired() -> None:
    found, splits = table(), world()
    first, german, word = (terms(splits, name, "one") for name in (ID_TEST, GERMAN, WORD))
    apart = first.var(ddof=1) / 8 + german.var(ddof=1) / 8
    assert emid(found, "one", GERMAN).emid.standard_error ** 2 == pytest.approx(apart)
    paired = (first - word).var(ddof=1) / 8
    assert emid(found, "one", WORD).emid.standard_error ** 2 == pytest.approx(paired)


def test_each_family_is_corrected_once_over_all_of_its_tests() -> None:
    found = table()
    rows = [row for row in found.emid if row.unit == UNIT]
    assert len(rows) == 2 * 3  # models times shifts
    assert [row.p_holm for row in rows] == pytest.approx(holm([row.p for row in rows]))
    factors = [row for row in found.factors if row.unit == UNIT]
    alone = [row for row in factors if not row.against]
    pairs = [row for row in factors if row.against]
    assert [(row.model, row.factor) for row in alone] == [
        (model, factor)
        for model in ("one", "two")
        for factor in ("user", "character", "composition")
    ]
    assert len(pairs) == 3
    # the smallest of six p-values counts six times
    smallest = min(rows, key=lambda row: row.p)
    assert smallest.p_holm == pytest.approx(min(1, 6 * smallest.p))


def test_the_worst_case_is_the_largest_loss_and_carries_its_marks() -> None:
    found = table()
    worst = next(row for row in found.worst if (row.model, row.unit) == ("one", UNIT))
    assert worst.shift == GERMAN
    assert worst.risk.value == max(
        row.emid.value for row in found.emid if (row.model, row.unit) == ("one", UNIT)
    )
    assert worst.median_unbiased <= worst.risk.value
    assert worst.marks == emid(found, "one", GERMAN).marks == ("saturated",)


def test_a_split_whose_references_carry_less_than_half_of_ids_is_marked_blind() -> None:
    found = table(world(reference=1.2, one=-0.5))
    rows = {row.split: row for row in found.splits if row.unit == UNIT}
    assert rows[GERMAN].blind and not rows[GAMING].blind and not rows[ID_TEST].blind
    assert "blind" in emid(found, "one", GERMAN).marks
    worst = next(row for row in found.worst if (row.model, row.unit) == ("one", UNIT))
    assert worst.shift != GERMAN or "blind" in worst.marks


def test_references_that_carry_nothing_are_blind_and_have_no_ratio() -> None:
    found = table(world(reference=0.02))
    assert {r.split: r.blind for r in found.splits if r.unit == UNIT}[GERMAN]
    row = emid(found, "one", GERMAN)
    assert np.isnan(row.relative.value)
    assert row.relative.note == (
        f"the references' information in {GERMAN} is not shown to be above 0"
    )


def test_beaten_negatives_and_the_mark_of_saturation() -> None:
    splits = world()
    # every second negative of `one` under German users beats the own context
    negative = np.where(np.arange(8) % 2, 9.0, 0.0)
    german = dict(splits[GERMAN].sources, one=source(np.ones(8), negative))
    splits[GERMAN] = split(GERMAN, german)
    found = table(splits)
    rows = {(r.model, r.split): r for r in found.emi if r.unit == UNIT}
    assert rows["one", GERMAN].beaten == 0.5 and not rows["one", GERMAN].saturated
    assert rows["two", GERMAN].beaten == 1.0 and rows["two", GERMAN].saturated
    # ID is saturated for both models, so every difference from it is marked
    assert "saturated" in emid(found, "one", GERMAN).marks


def test_copied_and_novel_add_up_to_r_emi_in_every_row() -> None:
    rng = np.random.default_rng(3)
    copied = rng.random((8, 5)) < 0.4
    sources = {
        name: source(
            rng.normal(-4, 1, 8), rng.normal(-6, 1, 8), tokens=[5] * 8, copied=copied.tolist()
        )
        for name in (REFERENCE, "one")
    }
    splits = {name: split(name, sources) for name in (ID_TEST, GERMAN)}
    for row in table(splits).emi:
        assert row.copied.value + row.novel.value == pytest.approx(row.emi.value, abs=1e-9)
        assert row.copied_share == pytest.approx(copied.mean())


def test_what_was_left_out_is_told() -> None:
    counts = Counts(missing=1, too_long=2, alone=3, traces=8, formed=6, reply_tokens=40)
    splits = world() | {GERMAN: scored(GERMAN, one=1, two=1, reference=2, row=3, counts=counts)}
    row = next(r for r in table(splits).splits if r.split == GERMAN)
    told = (row.missing, row.too_long, row.alone, row.traces, row.formed, row.reply_tokens)
    assert told == (1, 2, 3, 8, 6, 40)


def test_clusters_count_and_widen() -> None:
    clusters = [f"c{k // 2}" for k in range(8)]
    splits = world()
    splits[GERMAN] = scored(GERMAN, one=1.0, two=1.4, reference=2.5, row=3, clusters=clusters)
    row = next(r for r in table(splits).splits if (r.split, r.unit) == (GERMAN, UNIT))
    assert row.clusters == 4
    sums = terms(splits, GERMAN, "one").reshape(4, 2)
    centred = (sums - sums.mean()).sum(axis=1)
    emi = next(r for r in table(splits).emi if (r.model, r.split, r.unit) == ("one", GERMAN, UNIT))
    assert emi.emi.standard_error == pytest.approx(np.sqrt((centred**2).sum() * 4 / 3) / 8)


def test_the_cycle_has_one_negative_a_reply() -> None:
    assert len(CYCLE) == 8


def test_id_alone_has_r_emi_and_no_risk() -> None:
    found = table({ID_TEST: world()[ID_TEST]})
    assert (found.emid, found.worst, found.inputs, found.factors) == ([], [], [], [])
    assert [row.emi for row in found.emi] == [r.emi for r in table().emi if r.split == ID_TEST]
