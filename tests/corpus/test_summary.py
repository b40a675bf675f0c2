"""The table at the end of an import."""

from collections import Counter

from remid.corpus.summary import REASONS, rows, table
from remid.corpus.tally import Tally


def test_every_count_has_a_row_and_none_that_is_0() -> None:
    tally = Tally(
        records=3,
        refused=Counter({"no reply": 2, "never": 0}),
        languages=Counter(de=1, en=2),
        turns=Counter({"10 or more": 1, "2": 2}),
    )
    assert list(rows(tally)) == [
        ("records read", 3, ""),
        ("refused", 2, "no reply"),
        ("language", 2, "en"),
        ("language", 1, "de"),
        ("user turns", 2, "2"),
        ("user turns", 1, "10 or more"),
    ]


def test_rare_reasons_are_summed() -> None:
    tally = Tally(refused=Counter({f"reason {k:02}": 100 - k for k in range(REASONS + 3)}))
    last = [row for row in rows(tally) if row[0] == "refused"][-1]
    # The three least: 100 - 12, 100 - 13, 100 - 14.
    assert last == ("refused", 88 + 87 + 86, "3 other kinds")


def test_a_word_stands_once_and_refusals_below() -> None:
    tally = Tally(records=1, languages=Counter(en=2, de=1), examples=["line 4: no reply"])
    lines = table(tally).splitlines()
    assert lines[0].split() == ["records", "read", "1"]
    assert lines[2].split() == ["1", "de"] and lines[-1].strip() == "line 4: no reply"
