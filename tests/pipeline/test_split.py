"""The stage `split`: files by split, or none at all."""

import json
from pathlib import Path

import pytest
import tiny_project
from declared import ALL_SPLITS

from remid.corpus import jsonl
from remid.corpus.splits import split_names
from remid.domain.dialogue import Dialogue
from remid.domain.errors import RemidError
from remid.pipeline import split
from remid.store.layout import Layout
from remid.store.project import Project


def test_every_split_is_a_file_and_the_manifest_counts_them(
    clean: dict[str, list[Dialogue]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {name: members for name, members in clean.items() if "composition" not in name}
    jsonl.write(
        tmp_path / "data/dialogues.jsonl", [d for members in given.values() for d in members]
    )
    layout = Layout(tmp_path)
    split.run(Project(tiny_project.params(shifts={"minimum": 4}), layout))
    manifest = json.loads((layout.splits / "manifest.json").read_text(encoding="utf-8"))
    counts = {name: len(list(jsonl.read(layout.split(name)))) for name in ALL_SPLITS}
    assert counts == {name: of["dialogues"] for name, of in manifest["splits"].items()}
    assert counts["id_train"] == 8 and counts["id_test"] == 4
    # two pairs of id_test, each joined in both orders; a shuffle of each
    assert counts["composition/turn_level"] == counts["composition/word_level"] == 4
    assert "id_train: 8 dialogues" in capsys.readouterr().out

    # A larger minimum leaves the shifts out, and says so; the files of old are gone.
    split.run(Project(tiny_project.params(shifts={"minimum": 5}), layout))
    told = capsys.readouterr().out
    assert "user/german: left out, 4 dialogues and shifts.minimum is 5" in told
    assert split_names(layout) == ("id_train", "id_test")
    assert not layout.split("user/german").exists()


def test_an_empty_corpus_leaves_the_old_splits(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/dialogues.jsonl").touch()
    layout.splits.mkdir()
    (layout.splits / "id_test.jsonl").write_text("earlier")
    with pytest.raises(RemidError, match="line 1: no dialogue from here to the end"):
        split.run(Project(tiny_project.params(), layout))
    assert (layout.splits / "id_test.jsonl").read_text() == "earlier"
