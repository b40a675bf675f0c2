"""`remid plan` from the scored pairs of a finished run."""

import json
from typing import Any

import numpy as np
import pytest
from small_scores import source, split

from remid import cli
from remid.domain.dialogue import REFERENCE
from remid.domain.shift import ID_TEST
from remid.evaluation import scored
from remid.information.negatives import negative_pairs
from remid.store.layout import Layout

PAIRS = negative_pairs(9, design="cyclic", per_context=2, order=np.arange(9))


def finished(layout: Layout) -> None:
    for seed, name in enumerate((ID_TEST, "user/german")):
        rng = np.random.default_rng(seed)
        sources = {
            who: source(rng.normal(0, 0.4, 9), rng.normal(0, 0.3, 18), pairs=PAIRS)
            for who in (REFERENCE, "base")
        }
        ids = [f"{name.replace('/', '-')}-{k:02}" for k in range(9)]
        file = layout.scores / "pairs" / f"{name.replace('/', '.')}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        scored.write(file, split(name, sources, ids=ids, pairs=PAIRS))
    rows = [json.dumps({"id": "a", "trace": "says a"})]
    (layout.scores / "traces.jsonl").write_text("\n".join(rows))


def test_a_narrower_interval_takes_more_dialogues(project: Layout, capsys: Any) -> None:
    finished(project)
    needed = []
    for width in ("0.2", "0.1"):
        assert cli.main(["plan", "--half-width", width]) == 0
        told = capsys.readouterr().out
        assert "user/german" in told and "cannot be told from what the dialogue adds" in told
        needed.append(int(told.split("under every shift: ")[1].split()[0]))
    # half the width takes about four times as many, at the same negatives
    assert 3 * needed[0] < needed[1] < 5 * needed[0]


@pytest.mark.parametrize(
    ("width", "said"), [("0", "--half-width is 0.0; expected"), ("0.1", "nothing was evaluated")]
)
def test_a_mistake_is_one_sentence(width: str, said: str, project: Layout, capsys: Any) -> None:
    assert cli.main(["plan", "--half-width", width]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
