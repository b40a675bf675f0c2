"""A table through its file, what is undefined included."""

import math

import msgspec
import pytest
from table_rows import emi_row, emid_row, table, worst_row

from remid.domain.estimate import Estimate
from remid.evaluation.table_file import read_table

NOTHING = Estimate(math.nan, math.nan, math.nan, math.nan, 7, note="too few")


def test_what_is_undefined_stays_undefined() -> None:
    before = table(
        emi=[emi_row(relative=NOTHING)],
        emid=[emid_row(p=math.nan, p_holm=math.nan, relative=NOTHING, dialogues_needed=None)],
        worst=[worst_row(median_unbiased=math.nan)],
    )
    after = read_table(msgspec.json.encode(before))
    assert math.isnan(after.emi[0].relative.low) and after.emi[0].relative.note == "too few"
    assert math.isnan(after.emid[0].p) and after.emid[0].dialogues_needed is None
    assert math.isnan(after.worst[0].median_unbiased)
    assert after.splits == before.splits
    assert repr(after) == repr(before)


@pytest.mark.parametrize("raw", [b"{", b"[]", b'{"emi": [{"model": "m"}]}', b"\xff"])
def test_what_is_no_table_is_refused(raw: bytes) -> None:
    with pytest.raises((msgspec.MsgspecError, UnicodeDecodeError)):
        read_table(raw)
