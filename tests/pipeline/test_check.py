"""The stage `check`: what it prints, what it writes, and that a failure leaves no metric."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import tiny_project
from declared import ALL_SPLITS

from remid import params
from remid.corpus import jsonl
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.domain.output import Unfit
from remid.domain.shift import ID_TRAIN
from remid.pipeline import check
from remid.store.layout import Layout
from remid.store.project import Project

Splits = dict[str, list[Dialogue]]


@pytest.fixture
def values() -> params.Params:
    """Return the project's own parameters, with the limits of the small benchmark."""
    own = params.load(Path(__file__).parents[2] / "params.yaml")
    small = own.check.model_copy(
        update={"near_duplicate": 0.95, "reply_length_ratio": 1.6, "max_share": 0.6}
    )
    return own.model_copy(update={"check": small})


def test_a_failure_stops_and_leaves_no_metric(
    clean: Splits, values: params.Params, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = Layout(tmp_path)
    for name, members in clean.items():
        jsonl.write(layout.split(name), members)
    tiny_project.write_manifest(layout, ALL_SPLITS)
    told = check.run(Project(values, layout))
    metric = layout.metrics / "checks.json"
    counts = json.loads(metric.read_text(encoding="utf-8"))
    assert list(counts) == list(ALL_SPLITS)
    assert counts[ID_TRAIN]["dialogues"] == 8 and counts[ID_TRAIN]["failed"] == 0
    assert (layout.checks / "docs" / "index.html").exists()
    assert "id_train: 8 dialogues, 14 expectations hold" in told.parts
    shown = capsys.readouterr()
    assert shown.out == ""
    # 18 splits judged, 18 suites run, the docs
    assert "check: 100%" in shown.err and "37/37" in shown.err

    broken = [replace(clean[ID_TRAIN][0], persona="[INST]"), *clean[ID_TRAIN][1:]]
    jsonl.write(layout.split(ID_TRAIN), broken)
    with pytest.raises(Unfit, match="1 expectations about the data do not hold") as raised:
        check.run(Project(values, layout))
    assert not metric.exists()
    assert raised.value.output.parts == [
        "id_train: no_template_markers: persona: chat-template marker '[INST]' at 0 (id_train/0)"
    ]


def test_one_file(clean: Splits, values: params.Params, tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    jsonl.write(path, clean[ID_TRAIN])
    check.run_file(values, path)
    jsonl.write(path, [replace(clean[ID_TRAIN][0], character="")])
    with pytest.raises(RemidError, match="mend .*mine.jsonl"):
        check.run_file(values, path)
