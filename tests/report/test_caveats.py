"""The page and the terminal warn of the same things."""

import html
import re
from pathlib import Path

import pandas as pd
import pytest
from table_rows import estimate, table

from remid.evaluation.table import InputRow, Moved
from remid.report import caveats, page

SOURCE = Path(__file__).parents[2] / "src" / "remid"


def test_what_the_intervals_leave_out_depends_on_the_seeds() -> None:
    assert caveats.limits()[-1].endswith("another draw of the model's replies.")
    assert caveats.limits([1, 2])[-1].endswith("another seed of the models.")
    assert caveats.limits()[:-1] == caveats.limits([1])[:-1] == caveats.LIMITS


@pytest.mark.parametrize("seeds", [(), (1, 2)])
def test_the_page_says_every_one_of_them(seeds: tuple[int, ...]) -> None:
    moved = Moved(estimate(0.3), raw=0.5, floor=0.2)
    small = {"user/french": 3}
    found = table(
        too_small=small, inputs=[InputRow("user/german", {"user": moved}, moved, {}, None)]
    )
    about = page.About(
        title="t",
        base="b",
        unit="nats_per_token",
        precision=2,
        scored_part=caveats.scored_part(found),
        traces=[],
        curve=pd.DataFrame({"step": [1], "reward": [0.5], "phase": ["reasoner_1"]}),
        seeds=seeds,
    )
    text = page.render(found, about)
    said = html.unescape(text)
    for line in (*caveats.limits(seeds), *caveats.legend(), *caveats.left_out(found)):
        assert said.count(line) == 1
    assert "the same share of what references say in every split: 36 to 36 tokens." in said


def test_no_other_place_words_them_again() -> None:
    words = re.compile(
        "not praise|copied from the context count|another training|good, safe or liked"
    )
    found = [
        file.name
        for file in sorted(SOURCE.rglob("*"))
        if file.suffix in (".py", ".j2") and words.search(file.read_text(encoding="utf-8"))
    ]
    assert found == ["caveats.py"]


def test_what_is_not_measured_is_named() -> None:
    found = table(
        too_small={"user/french": 3, "noise/typos": 0},
        no_split={"in no split (language it, 4 turns)": 12},
    )
    assert caveats.left_out(found) == [
        "Shifts with too few dialogues are not measured: user/french (3), noise/typos (0).",
        "Dialogues of the corpus that belong to no split: 12 in no split (language it, 4 turns).",
    ]
    assert caveats.left_out(table()) == []
