"""The page and the terminal warn of the same things."""

import html
import re
from pathlib import Path

import pandas as pd
import pytest

from remid.domain.estimate import Estimate
from remid.evaluation.table import EmidRow, InputRow, Table
from remid.report import caveats, page

SOURCE = Path(__file__).parents[2] / "src" / "remid"
VALUE = Estimate(0.5, 0.1, 0.3, 0.7, 9)


def test_what_the_intervals_leave_out_depends_on_the_seeds() -> None:
    assert caveats.limits()[-1].endswith("another draw of the model's replies.")
    assert caveats.limits([1, 2])[-1].endswith("another seed of the models.")
    assert caveats.limits()[:-1] == caveats.limits([1])[:-1] == caveats.LIMITS


@pytest.mark.parametrize("seeds", [(), (1, 2)])
def test_the_page_says_every_one_of_them(seeds: tuple[int, ...]) -> None:
    shift = EmidRow("m", "user/german", "nats_per_token", VALUE, 1, 1, 1, 1, 1, {}, "", 9)
    about = page.About(
        title="t",
        base="b",
        unit="nats_per_token",
        precision=2,
        scored_part=caveats.scored_part(36),
        traces=[],
        curve=pd.DataFrame({"step": [1], "reward": [0.5], "phase": ["reasoner_1"]}),
        seeds=seeds,
    )
    inputs = InputRow("user/german", {"user": 1}, {"user": 0}, 1, 0)
    text = page.render(Table(emid=[shift], inputs=[inputs]), about)
    said = html.unescape(text)
    for line in (*caveats.limits(seeds), *caveats.MARKS):
        assert said.count(line) == 1
    assert "Of every reply and every reference the first 36 tokens are scored." in said


def test_no_other_place_words_them_again() -> None:
    words = re.compile("not praise|copies from its context|another training|good, safe or liked")
    found = [
        file.name
        for file in sorted(SOURCE.rglob("*"))
        if file.suffix in (".py", ".j2") and words.search(file.read_text(encoding="utf-8"))
    ]
    assert found == ["caveats.py"]
